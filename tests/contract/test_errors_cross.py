"""Every error arrives as it was raised, through nameko's own serialisation and the client's reading of it."""

import json

import pytest
from nameko.exceptions import serialize

from conferral.contracts.errors import BY_CODE, ConferralError, InvalidInput, Unavailable
from conferral.contracts.rpc.accounts import SIGN_OUT
from conferral.runtime.rpc_client import read_reply

ARGUMENTS = {
    "invalid_message": ("SignIn", "email: Field required"),
    "invalid_input": (
        "Two things are wrong.",
        [["rows.3.email", "is no address"], ["rows.4.name", "ist länger als 漢字"]],
    ),
}


@pytest.mark.parametrize("cls", BY_CODE.values(), ids=BY_CODE)
def test_an_error_survives_the_wire(cls: type[ConferralError]) -> None:
    raised = cls(*ARGUMENTS.get(cls.code, ("What a person reads: “مرحبا”.",)))
    reply = json.loads(json.dumps({"result": None, "error": serialize(raised)}))
    with pytest.raises(ConferralError) as arrived:
        read_reply(SIGN_OUT, reply)
    assert type(arrived.value) is cls
    assert arrived.value.args == raised.args
    assert arrived.value.message == raised.message
    assert (arrived.value.code, arrived.value.permanent) == (raised.code, raised.permanent)


def test_the_problems_of_an_input_arrive_as_pairs() -> None:
    raised = InvalidInput(*ARGUMENTS["invalid_input"])
    with pytest.raises(InvalidInput) as arrived:
        read_reply(SIGN_OUT, {"result": None, "error": json.loads(json.dumps(serialize(raised)))})
    assert arrived.value.problems == raised.problems
    assert arrived.value.problems[0] == ("rows.3.email", "is no address")


@pytest.mark.parametrize(
    "error", [serialize(KeyError("secret")), {}, {"exc_type": "InvalidInput"}, "text", ["list"]], ids=str
)
def test_an_error_that_is_none_of_ours_is_told_without_its_details(error: object) -> None:
    with pytest.raises(ConferralError) as arrived:
        read_reply(SIGN_OUT, {"result": None, "error": error})
    assert "secret" not in str(arrived.value)


@pytest.mark.parametrize("reply", [None, "text", [], 7], ids=str)
def test_a_reply_that_is_no_object_is_unavailable(reply: object) -> None:
    with pytest.raises(Unavailable):
        read_reply(SIGN_OUT, reply)


def test_codes_are_unique_and_every_error_has_one() -> None:
    def below(root: type[ConferralError]) -> list[type[ConferralError]]:
        return [root, *(found for child in root.__subclasses__() for found in below(child))]

    ours = [cls for cls in below(ConferralError) if cls.__module__ == ConferralError.__module__]
    assert sorted(cls.code for cls in ours) == sorted(BY_CODE)
