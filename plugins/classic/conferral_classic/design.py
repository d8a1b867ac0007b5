"""Classic: an engraved certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from conferral_design_api import (
    SERIF,
    Attribute,
    AttributeType,
    CompiledDesign,
    CompileRequest,
    Completion,
    Design,
    Option,
    Recipient,
    format_date,
    legible,
    mix,
    plain,
)
from conferral_design_fonts import clusters

from conferral_classic import layout, ornament
from conferral_classic.email import PARTS, emails
from conferral_classic.page import Page, stands_alone
from conferral_classic.words import languages, words_for

# CSS pixels at 96 per inch.
PAGE_SIZES = {"A4": (1122.52, 793.7), "US Letter": (1056.0, 816.0)}


class Classic(Design):
    """A certificate that deserves a frame."""

    id = "classic"
    version = "1.0.0"
    name = "Classic"
    description = "A certificate with an engraved border of interwoven lines, a foil seal and a signature line."
    options = (
        Option("page_size", "Page size", "choice", "A4", group="Page", choices=tuple(PAGE_SIZES)),
        Option(
            "ornament",
            "Border",
            "choice",
            "guilloche",
            group="Page",
            help="Guilloche: fine interwoven lines, as on banknotes. Plain: simple lines.",
            choices=("guilloche", "plain"),
        ),
        Option("paper", "Paper", "colour", "#fdfaf3", group="Colours", help="A light tint; white saves ink."),
        Option("accent", "Main colour", "colour", "#1d3557", group="Colours", on="paper"),
        Option(
            "metal", "Second colour", "colour", "#a67c37", group="Colours", help="Fine lines and the seal.", on="paper"
        ),
        Option(
            "title", "Title", "text", "", group="Words", help="Left empty: “Certificate of Completion”, translated."
        ),
        Option("typeface", "Title and name in", "font", SERIF, group="Words", choices=(SERIF, "Cormorant Garamond")),
        Option("seal", "Seal", "toggle", default=True, group="Parts"),
        Option("qr", "QR code", "toggle", default=True, group="Parts", help="Leads to the live credential."),
    )

    wording = PARTS

    def __init__(self) -> None:
        self.attributes = (
            _translated("course", help="What was completed, if it is more special than the group's name."),
            _translated("grade"),
            _translated("hours", "number", help="How long it took, in hours."),
            _translated("instructor"),
            _translated("signatory_name"),
            _translated("signatory_title"),
            _translated("place", help="Shown before the date of issue."),
            Attribute("student_number", "Student number", public=False, help="For your records; shown to nobody else."),
            Attribute("remarks", "Remarks", "long_text", public=False, help="For your records; shown to nobody else."),
        )

    def compile(self, request: CompileRequest) -> CompiledDesign:
        """Engrave the sheet and write the email. Takes about 30 ms."""
        chosen = {option.key: option.default for option in self.options} | dict(request.options)
        width, height = PAGE_SIZES.get(str(chosen["page_size"]), PAGE_SIZES["A4"])
        inks = ornament.Inks(str(chosen["paper"]), str(chosen["accent"]), str(chosen["metal"]))
        page = Page(
            width=width,
            height=height,
            language=request.language,
            direction=request.direction,
            ink=legible(mix(inks.accent, "#191410", 0.72), inks.paper, 7),
            strong=legible(inks.accent, inks.paper),
            soft=legible(mix(inks.accent, "#5a5148", 0.7), inks.paper),
            issuer=plain(request.issuer.name),
            achievement=plain(request.achievement.name),
            statement=plain(request.achievement.description),
            display=str(chosen["typeface"]),
            qr=bool(chosen["qr"]),
            seal=bool(chosen["seal"]),
        )
        title = str(chosen["title"]).strip() or words_for(request.language).title
        foil = legible(mix(inks.metal, "#000000", 0.55), mix(inks.metal, "#ffffff", 0.3))
        first, corrected = emails(request, strong=legible(inks.accent, "#ffffff"), metal=inks.metal)
        return CompiledDesign(
            width=width,
            height=height,
            svg=_svg(page, inks, engraved=chosen["ornament"] != "plain"),
            email=first,
            corrected=corrected,
            state=page.state(),
            static_runs=layout.fixed(page, title, _initial(page.issuer), foil),
        )

    def complete(self, state: Mapping[str, Any], recipients: Sequence[Recipient]) -> Sequence[Completion]:
        """Fit each recipient's words. About 0.3 ms each."""
        page = Page.of(state)
        words = words_for(page.language)
        return [
            Completion(
                runs=tuple(layout.drawn(page, words, one)),
                alternative=words.alternative.format(
                    name=one.name,
                    achievement=one.attributes.get("course") or page.achievement,
                    issuer=page.issuer,
                    date=format_date(one.issue_date, page.language),
                ),
            )
            for one in recipients
        ]


def _translated(key: str, kind: AttributeType = "text", help: str = "") -> Attribute:  # noqa: A002 - Attribute's own
    labels: dict[str, str] = {language: getattr(words, key) for language, words in languages().items()}
    return Attribute(key, labels["en"], kind, help=help, labels=labels)


def _svg(page: Page, inks: ornament.Inks, *, engraved: bool) -> str:
    size = f'width="{page.width:g}" height="{page.height:g}" viewBox="0 0 {page.width:g} {page.height:g}"'
    seal = ornament.seal(*layout.seal_place(page), inks, star=not _initial(page.issuer)) if page.seal else ""
    sheet = ornament.sheet(page.width, page.height, inks, engraved=engraved, seal=seal)
    divider = ornament.divider(*layout.divider_place(page), 150, inks)
    # Precise geometry: glyphs are placed by their true widths, as we measured them.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} text-rendering="geometricPrecision">{sheet}{divider}'
        f"{layout.rules(page, inks.metal)}{{{{ drawing }}}}</svg>"
    )


def _initial(name: str) -> str:
    """Return the first letter for the seal; nothing where a lone letter says little or does not sit in the middle."""
    first = next(iter(clusters(name.strip())), "").upper()
    return first if first[:1].isalpha() and stands_alone(first) else ""
