import math
from datetime import date
from typing import Any

import pytest

from conferral.contracts.canonical import digest_of
from conferral.contracts.edition import EmailTemplate, QrRun, TextRun
from conferral.contracts.errors import DesignFailed, DesignNotInstalled
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import DesignPin, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration, DesignDeclaration
from services.publisher.domain import edition_parts
from services.publisher.domain.design import CompiledDesign, Completion, EmailSource
from services.publisher.domain.drawing import Refused, checked_drawing, fonts_of
from services.publisher.domain.languages import direction_of

ANA = CredentialContent(name="Ana", email="ana@example.org", issue_date=date(2026, 11, 23))
PIN = DesignPin(plugin_id="thin", plugin_version="1.2", options={}, digest=digest_of(b""))
TERN = OrganisationProfile(
    id=new_id(), name="Tern", did="did:web:example.org", timezone="UTC", sender_name="Tern",
    sender_address="tern@example.org",
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>'
EMAIL = EmailSource(
    subject="{{ course }}",
    mjml="<mjml><mj-body><mj-section><mj-column><mj-text><a href='{{ credential_url }}'>{{ recipient_name }}</a>"
    "</mj-text></mj-column></mj-section></mj-body></mjml>",
    text="{{ credential_url }}",
)


def run(**changes: Any) -> TextRun:
    return TextRun(
        **({"text": "Ana", "x": 1, "y": 2, "size": 10, "families": ("EB Garamond", "Noto Serif SC")} | changes)
    )


def completion(*runs: TextRun | QrRun, **changes: Any) -> Completion:
    return Completion(**({"runs": runs, "alternative": "A certificate", "email_values": {}} | changes))


def compiled(**changes: Any) -> CompiledDesign:
    return CompiledDesign(**({"width": 10, "height": 5, "svg": SVG, "email": EMAIL, "state": {}} | changes))


def test_a_drawing_names_the_slices_that_it_and_the_artwork_need() -> None:
    drawn = checked_drawing(
        completion(run(), run(text="李")), ("inter/400/normal/latin", "eb-garamond/400/normal/latin")
    )
    assert drawn.fonts[:2] == ("inter/400/normal/latin", "eb-garamond/400/normal/latin")
    assert [key.split("/")[0] for key in drawn.fonts[2:]] == ["noto-serif-sc"]
    assert drawn.alternative == "A certificate"


def test_families_that_draw_nothing_and_needless_decimals_are_left_out() -> None:
    latin, chinese, both = checked_drawing(completion(run(x=1 / 3), run(text="李"), run(text="李 Ana")), ()).runs
    assert latin.x == 0.33
    assert [one.families for one in (latin, chinese, both) if isinstance(one, TextRun)] == [
        ("EB Garamond",),
        ("Noto Serif SC",),
        ("EB Garamond", "Noto Serif SC"),
    ]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (run(x=math.inf), "inf"),
        (run(y=math.nan), "nan"),
        (run(size=20_001), "20001"),
        (run(letter_spacing=-math.inf), "-inf"),
        (run(families=("Comic Sans",)), "Comic Sans"),
        (run(families=()), "font family ''"),
        (run(text="a" * 501), "501 characters"),
        (run(text="a\x00"), "control character"),
        (run(text="a\nb"), "control character"),
        (run(text="a\ud800"), "control character"),
        (QrRun(x=0, y=0, size=1, data="a" * 1_001), "1001 characters"),
    ],
)
def test_a_run_out_of_bounds_is_refused(bad: TextRun | QrRun, problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        checked_drawing(completion(run(), bad), ())


def test_too_much_text_in_all_and_a_broken_alternative_are_refused() -> None:
    with pytest.raises(Refused, match="together"):
        checked_drawing(completion(*[run(text="a" * 450)] * 20), ())
    with pytest.raises(Refused, match="alternative"):
        checked_drawing(completion(alternative="a\x07"), ())


def test_a_look_has_the_fonts_of_its_fixed_texts_and_the_slots_of_its_email() -> None:
    look = edition_parts.look_of(compiled(static_runs=(run(text="證書"),)), PIN, "zh-Hant", "ltr", TERN)
    assert look.static_fonts == fonts_of([run(text="證書")]) != ()
    assert look.emails["issued"].slots == {"course", "recipient_name"}
    assert ">證書</text>" in look.template.literals[0]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"svg": '<svg xmlns="http://www.w3.org/2000/svg">\n<script/>{{ drawing }}</svg>'},
            "its SVG: <script> in line 2",
        ),
        ({"email": EMAIL.model_copy(update={"text": ""})}, "its email: the text part"),
        ({"corrected": EMAIL.model_copy(update={"text": ""})}, "its email: the text part"),
        ({"static_runs": (run(families=("Arial",)),)}, "Arial"),
    ],
)
def test_a_compiled_design_that_is_refused_is_named_with_its_version(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(DesignFailed) as failed:
        edition_parts.look_of(compiled(**changes), PIN, "en", "ltr", TERN)
    assert failed.value.message.startswith("thin 1.2: ")
    assert problem in failed.value.message


def test_email_values_are_those_of_the_slots_and_the_host_knows_the_name() -> None:
    email = edition_parts.look_of(compiled(), PIN, "en", "ltr", TERN).emails["issued"]
    values = edition_parts.email_values(email, ANA, {"course": "Bees", "unused": "x"}, ())
    assert values == {"course": "Bees", "recipient_name": "Ana"}
    with pytest.raises(Refused, match="the slot course"):
        edition_parts.email_values(email, ANA, {}, ())
    with pytest.raises(Refused, match="course has a control character"):
        edition_parts.email_values(email, ANA, {"course": "Bees\r\nBcc: everyone@example.org"}, ())


def declaration(error: str | None = None) -> DesignDeclaration:
    attributes = (
        AttributeDeclaration(key="grade", label="Grade", type="text", labels={"de": "Note"}),
        AttributeDeclaration(key="number", label="Number", type="text", public=False),
    )
    return DesignDeclaration(
        plugin_id="thin", plugin_version="1.2", name="Thin", description="", origin="thin 1.2",
        attributes=attributes, error=error,
    )  # fmt: skip


def test_only_public_attributes_with_a_value_are_shown() -> None:
    labels = edition_parts.labels_of(PIN, [declaration()], "en")
    given = {"number": "7", "grade": "A", "other": "x"}
    assert edition_parts.public_attributes(labels, given) == {"grade": "A"}
    assert edition_parts.public_attributes(labels, {"grade": ""}) == {}


@pytest.mark.parametrize(("language", "label"), [("en", "Grade"), ("de-AT", "Note"), ("fi", "Grade")])
def test_labels_are_in_the_recipients_language_where_the_design_has_it(language: str, label: str) -> None:
    assert edition_parts.labels_of(PIN, [declaration()], language)[0].label == label


@pytest.mark.parametrize("installed", [[], [declaration("it is broken")]])
def test_labels_of_a_design_that_is_not_installed_cannot_be_had(installed: list[DesignDeclaration]) -> None:
    with pytest.raises(DesignNotInstalled):
        edition_parts.labels_of(PIN, installed, "en")


def test_the_font_manifest_is_that_of_the_shipped_fonts() -> None:
    manifest = edition_parts.font_manifest()
    piece = manifest.slices["eb-garamond/400/normal/latin"]
    assert (piece.family, piece.weight, piece.style) == ("EB Garamond", 400, "normal")
    assert piece == edition_parts.font_slice("eb-garamond/400/normal/latin")


def test_directions_of_languages() -> None:
    languages = ("en", "ar-EG", "he", "fa", "ur", "ckb", "zh-Hant-TW", "az-Arab", "sr-Latn", "xx", "")
    assert [direction_of(one) for one in languages] == [
        "ltr", "rtl", "rtl", "rtl", "rtl", "rtl", "ltr", "rtl", "ltr", "ltr", "ltr"
    ]  # fmt: skip


def test_the_emails_of_a_look_are_messages() -> None:
    look = edition_parts.look_of(compiled(), PIN, "en", "ltr", TERN)
    for email in look.emails.values():
        assert EmailTemplate.decode(email.template.encode()) == email.template
