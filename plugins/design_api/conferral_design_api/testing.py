"""Checks for a design's own tests: what the host relies on, for names and languages that break careless designs.

def test_it_keeps_its_promises():
assert problems(MyDesign()) == []
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any
from xml.etree import ElementTree as ET

from conferral_design_fonts import missing

from conferral_design_api.directions import direction_of_language
from conferral_design_api.measuring import measure
from conferral_design_api.typefaces import Typeface
from conferral_design_api.types import (
    Achievement,
    CompiledDesign,
    CompileRequest,
    Completion,
    Design,
    EmailSource,
    Issuer,
    Qr,
    Recipient,
    Text,
    WordingPart,
)

LARGEST_SVG = 90_000
"""Bytes; it is stored once for all recipients, but sent with every page."""

_OF_BOTH = frozenset({"greeting", "button", "closing"})
"""Parts of the issuer's wording that an email about a correction says, too."""
_STRUCTURE = ("svg", "defs", "g", "symbol", "use", "title", "desc", "text", "tspan", "image")
_SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon")
_PAINTS = ("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern")
ALLOWED_ELEMENTS = frozenset((*_STRUCTURE, *_SHAPES, *_PAINTS))
"""What the host lets through; everything else is removed."""

SAMPLE_NAMES = (
    "Zoë Ångström-Nakamura",
    "محمد عبد الرحمن الخوارزمي",
    "王小明",
    "さくら 佐藤",
    "김민지",
    "Александра Невская",
    "Ελένη Παπαδοπούλου",
    "אביגיל כהן",
    "अनन्या शर्मा",
    "Sam 🎓 Rivera",
    "Y",
    "Maximiliana-Alexandra von Hohenzollern-Sigmaringen y Fernández de Córdoba",
    "Wolfeschlegelsteinhausenbergerdorffsohnx",
    "{{ credential_url }} <b>&amp;",
)
SAMPLE_LANGUAGES = ("en", "de", "ar", "he", "zh-Hans", "zh-Hant", "ja", "ko", "hi", "x-unknown")

_MARKER = re.compile(r"\{\{ ?([a-z][a-z0-9_]*) ?\}\}")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SAMPLES = {"number": "40", "date": "2026-11-23", "url": "https://example.org/", "email": "sam@example.org"}
_SVG = "{http://www.w3.org/2000/svg}"
# A measured width and a drawn one differ by rounding; this much outside the page is no fault.
_TOLERANCE = 1.0


def sample_request(language: str = "en", **options: Any) -> CompileRequest:
    """Return a request with fictional contents."""
    return CompileRequest(
        options=options,
        language=language,
        direction=direction_of_language(language),
        issuer=Issuer("Harbour Light Institute", "https://harbourlight.example"),
        achievement=Achievement(
            "Foundations of Coastal Ecology",
            "A twelve-week programme on tides, dunes and salt marshes.",
            "Attend ten of twelve sessions.\nComplete the field journal.",
        ),
    )


def sample_recipient(name: str = SAMPLE_NAMES[0], **attributes: str) -> Recipient:
    """Return a fictional recipient."""
    credential_id = "a7k2mq5xw3nd6tb4rcy2ehs7pa"
    url = f"https://credentials.example.org/c/{credential_id}"
    return Recipient(credential_id, name, url, "2026-11-23", "2027-11-23", attributes)


def problems(design: Design) -> list[str]:
    """Return everything that the host would object to; empty is good. Takes a second or two."""
    found = list(_declared(design))
    for language in SAMPLE_LANGUAGES:
        found += _compiled_and_completed(design, sample_request(language))
    for option in design.options:
        values = option.choices or ((True, False) if option.type == "toggle" else ())
        for value in values:
            found += _compiled_and_completed(design, sample_request("en", **{option.key: value}))
    found += _wording(design)
    return list(dict.fromkeys(found))


def _declared(design: Design) -> Iterator[str]:
    for kind, keys in (
        ("attribute", [one.key for one in design.attributes]),
        ("option", [one.key for one in design.options]),
    ):
        yield from (
            f"{kind} key {key!r} is not lower-case letters, digits and _" for key in keys if not _KEY.fullmatch(key)
        )
        yield from (f"{kind} key {key!r} is used twice" for key in set(keys) if keys.count(key) > 1)
    for one in design.options:
        if one.choices and one.default not in one.choices:
            yield f"option {one.key!r} has a default that is no choice"


def _compiled_and_completed(design: Design, request: CompileRequest) -> Iterator[str]:
    compiled = design.compile(request)
    yield from _template(compiled)
    state = json.loads(json.dumps(compiled.state))
    if state != compiled.state:
        yield "state changes in a round trip through JSON"
    full = {one.key: _SAMPLES.get(one.type, (*one.choices, "Sample")[0]) for one in design.attributes}
    people = [sample_recipient(name, **values) for name in SAMPLE_NAMES for values in ({}, full)]
    completions = design.complete(state, people)
    if len(completions) != len(people):
        yield f"{len(completions)} completions for {len(people)} recipients"
    if list(design.complete(state, people[:1])) != list(completions[:1]):
        yield "a recipient's completion depends on who else is in the batch, or changes"
    yield from _email(compiled.email, completions[0].email_values)
    if compiled.corrected:
        yield from (f"corrected {one}" for one in _email(compiled.corrected, completions[0].email_values))
        if compiled.corrected.subject == compiled.email.subject:
            yield "corrected email has the subject of the first one: nobody can tell them apart"
    for completion in completions:
        yield from _drawing(compiled, completion)


def _template(compiled: CompiledDesign) -> Iterator[str]:
    if [marker[1] for marker in _MARKER.finditer(compiled.svg)] != ["drawing"]:
        yield "svg must have the marker {{ drawing }} once and no other"
    if len(compiled.svg.encode()) > LARGEST_SVG:
        yield f"svg is larger than {LARGEST_SVG} bytes"
    root = ET.fromstring(_MARKER.sub("", compiled.svg))  # noqa: S314 - the author's own document
    for element in root.iter():
        if not element.tag.startswith(_SVG) or element.tag.removeprefix(_SVG) not in ALLOWED_ELEMENTS:
            yield f"svg element {element.tag} is not allowed"
        for name, value in element.attrib.items():
            local = name.rpartition("}")[2]
            if local.startswith("on") or local in {"style", "class"}:
                yield f"svg attribute {local} is not allowed"
            if local == "href" and not value.startswith(("#", "data:image/png;", "data:image/jpeg;")):
                yield "svg refers to something outside of itself"
    for run in compiled.static_runs:
        yield from _run(compiled, run)


def _email(email: EmailSource, values: Mapping[str, str]) -> Iterator[str]:
    known = {"recipient_name", "credential_url", *values}
    for part, text in (
        ("subject", email.subject),
        ("mjml", email.mjml),
        ("text", email.text),
    ):
        yield from (f"email {part} has the unknown slot {name}" for name in _MARKER.findall(text) if name not in known)
    for part, text in (("mjml", email.mjml), ("text", email.text)):
        if "credential_url" not in _MARKER.findall(text):
            yield f"email {part} does not lead to the credential"
    if "\n" in email.subject:
        yield "email subject has more than one line"


def _wording(design: Design) -> Iterator[str]:
    """Each part that the design declares has to arrive, in whichever parts of an email it is said."""
    for part in design.wording:
        request = replace(sample_request(), wording={part: f"Sample & {part} for {{{{ recipient_name }}}}"})
        compiled = design.compile(request)
        of_correction = part.startswith("corrected_")
        if not of_correction:
            yield from _worded(compiled.email, part, request.wording[part], "email")
        if compiled.corrected and (of_correction or part in _OF_BOTH):
            yield from _worded(compiled.corrected, part, request.wording[part], "email about a correction")
        elif of_correction and not compiled.corrected:
            yield f"the design offers {part}, and has no email about corrections"


def _worded(email: EmailSource, part: WordingPart, words: str, called: str) -> Iterator[str]:
    kind = part.removeprefix("corrected_")
    if kind == "subject":
        if email.subject != words:
            yield f"the issuer's {part} is not the {called}'s subject"
        return
    if words.replace("&", "&amp;") not in email.mjml.replace("<bdi>", "").replace("</bdi>", ""):
        yield f"the issuer's {part} is not in the {called}'s mjml: put request.words({part!r}) through worded()"
    if kind != "preview" and words not in email.text:
        yield f"the issuer's {part} is not in the {called}'s text"


def _drawing(compiled: CompiledDesign, completion: Completion) -> Iterator[str]:
    json.dumps(asdict(completion))
    if not completion.alternative.strip():
        yield "no alternative text for screen readers"
    for run in completion.runs:
        yield from _run(compiled, run)


def _run(compiled: CompiledDesign, run: Text | Qr) -> Iterator[str]:
    if isinstance(run, Qr):
        left, right = run.x, run.x + run.size
    else:
        if _MARKER.search(run.text):
            yield f"{run.text!r} would be taken for a slot: pass it through plain()"
        if lost := missing(run.text, run.families, run.weight, run.style):
            yield f"no font for {' '.join(lost)} in {run.text!r}"
        face = Typeface(run.families, run.weight, run.style, run.letter_spacing / run.size, run.language)
        width = measure(run.text, face, run.size)
        left = run.x - width * {"start": 0, "middle": 0.5, "end": 1}[run.anchor]
        right = left + width
    if left < -_TOLERANCE or right > compiled.width + _TOLERANCE or not 0 <= run.y <= compiled.height:
        yield f"{run.data if isinstance(run, Qr) else run.text!r} is drawn outside of the page"
