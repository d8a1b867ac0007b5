"""What any version of the code has ever sent still decodes."""

import json
from pathlib import Path

import pytest

from conferral.contracts.canonical import canonical_json
from conferral.contracts.errors import InvalidMessage
from conferral.contracts.message import Message
from conferral.contracts.rpc.credentials import CredentialContent
from tests.support.samples import GOLDEN, golden_path, message_classes, name_of, sample

CLASSES = {name_of(cls): cls for cls in message_classes()}
SAMPLES = sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_every_message_has_a_golden_sample_of_every_version_it_reads(cls: type[Message]) -> None:
    missing = [version for version in cls.VERSIONS if not golden_path(cls, version).exists()]
    assert missing == [], "write it with: python -m tests.support.samples"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_golden_sample_decodes_and_keeps_what_it_says(path: Path) -> None:
    written = json.loads(path.read_text())
    message = CLASSES[path.stem.rpartition(".v")[0]].decode(written)
    assert _contains(message.encode(), written)


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_encoding_and_decoding_change_nothing(cls: type[Message]) -> None:
    message = sample(cls)
    assert cls.decode(json.loads(canonical_json(message.encode()))) == message


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_unknown_versions_and_other_shapes_are_refused(cls: type[Message]) -> None:
    good = sample(cls).encode()
    for bad in ({**good, "schema_version": 999}, {**good, "schema_version": None}, [good], "text", None, {}):
        with pytest.raises(InvalidMessage):
            cls.decode(bad)


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_unknown_fields_are_ignored(cls: type[Message]) -> None:
    message = sample(cls)
    assert cls.decode({**message.encode(), "a_later_field": {"of": ["any", "shape"]}}) == message


def test_a_newer_credential_content_is_read_and_a_wrong_type_in_it_is_refused() -> None:
    create = CLASSES["credentials.CreateCredentials"]
    request = sample(create).encode()
    request["rows"][0]["content"]["a_later_field"] = "kept by nobody"
    assert create.decode(request) == sample(create)
    assert "a_later_field" not in CredentialContent.model_fields
    request["rows"][0]["content"]["name"] = 7
    with pytest.raises(InvalidMessage, match=r"rows\.0\.content\.name"):
        create.decode(request)


def test_a_refusal_does_not_repeat_the_values_it_refuses() -> None:
    request = sample(CLASSES["credentials.CreateCredentials"]).encode()
    request["rows"][0]["content"]["name"] = ["Amina Nyong'o"]
    with pytest.raises(InvalidMessage) as refused:
        CLASSES["credentials.CreateCredentials"].decode(request)
    assert "Amina" not in str(refused.value.args)


def _contains(now: object, written: object) -> bool:
    """Fields may have been added since; what was written must be there still."""
    if isinstance(now, dict) and isinstance(written, dict):
        return all(key in now and _contains(now[key], value) for key, value in written.items())
    if isinstance(now, list) and isinstance(written, list):
        return len(now) == len(written) and all(map(_contains, now, written))
    return now == written
