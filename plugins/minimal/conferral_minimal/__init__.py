"""Minimal: the smallest design, written to be copied."""

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any

import conferral_design_api as api

# A4 landscape in CSS pixels, 96 to the inch.
WIDTH, HEIGHT, MARGIN = 1122.52, 793.7, 90.0

# SVG for everybody: fixed shapes only. The host puts each recipient's texts where the marker is.
SHEET = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" text-rendering="geometricPrecision">'
    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/><rect width="{WIDTH}" height="14" fill="COLOUR"/>'
    "{{ drawing }}</svg>"
)

# MJML is compiled once; only the two slots differ between recipients.
MAIL = Template("""<mjml dir="$direction"><mj-body background-color="#ffffff"><mj-section><mj-column>
<mj-text font-size="18px" line-height="1.5" align="center">$greeting<br />$body</mj-text>
<mj-button href="{{ credential_url }}" background-color="$colour">$button</mj-button>
<mj-text align="center"><a href="{{ credential_url }}">{{ credential_url }}</a></mj-text>
</mj-column></mj-section></mj-body></mjml>""")


class Minimal(api.Design):
    """A name, an achievement, who gave it and when."""

    id, version, name = "minimal", "1.0.0", "Minimal"
    description = "A name, an achievement and a date on a quiet sheet."
    attributes = (api.Attribute("grade", "Grade"),)
    options = (api.Option("colour", "Colour", "colour", "#0b5c5c"),)
    # Parts of the email for which the issuer may write other words.
    wording = ("subject", "greeting", "body", "button")

    def compile(self, request: api.CompileRequest) -> api.CompiledDesign:
        """Make what all recipients share."""
        # An option that was never saved is missing; a colour may be too pale for white letters on it.
        colour = api.legible(str(request.options.get("colour", self.options[0].default)), "#ffffff")
        title, issuer = request.achievement.name, request.issuer.name
        # plain() keeps the issuer's braces from becoming slots; worded() puts words with slots into markup.
        subject = request.words("subject", api.plain(title))
        words = {
            "greeting": request.words("greeting", "{{ recipient_name }}"),
            "body": request.words("body", api.plain(f"{title}\n{issuer}")),
            "button": request.words("button", api.plain(title)),
        }
        markup = {part: api.worded(said) for part, said in words.items()}
        mjml = MAIL.substitute(markup, colour=colour, direction=request.direction)
        text = f"{words['greeting']}\n{words['body']}\n\n{words['button']}:\n{{{{ credential_url }}}}\n"
        # No `corrected`: the host says above this email that it is about a correction, in the recipient's language.
        return api.CompiledDesign(
            width=WIDTH,
            height=HEIGHT,
            svg=SHEET.replace("COLOUR", colour),
            email=api.EmailSource(subject=subject, mjml=mjml, text=text),
            state={"title": title, "issuer": issuer, "language": request.language},  # JSON; complete() gets it back
        )

    def complete(self, state: Mapping[str, Any], recipients: Sequence[api.Recipient]) -> Sequence[api.Completion]:
        """Fit each recipient's words; called with a batch, answers in its order."""
        return [self._completion(state, recipient) for recipient in recipients]

    def _completion(self, state: Mapping[str, Any], recipient: api.Recipient) -> api.Completion:
        date = api.format_date(recipient.issue_date, state["language"])
        grade = recipient.attributes.get("grade", "")
        lines = (
            (recipient.name, 360, 64, 600),
            (" \u00b7 ".join(filter(None, (state["title"], grade))), 430, 28, 400),
            (f"{state['issuer']} \u00b7 {date}", 480, 18, 400),
        )
        runs = [self._line(state["language"], *line) for line in lines]
        return api.Completion(runs=tuple(runs), alternative=f"{recipient.name}: {state['title']}, {date}")

    def _line(self, language: str, words: str, y: float, size: float, weight: int) -> api.Text:
        words = api.plain(words)
        face = api.typeface(language, words, first=api.SANS, weight=weight)
        # Smaller if need be, down to 40 %, then with an ellipsis: never wider than the sheet.
        fitted = api.fit_line(words, face, WIDTH - 2 * MARGIN, size, size * 0.4)
        (line,), direction = fitted.lines, api.direction_of(words, api.direction_of_language(language))
        families = face.used_by(line)
        return api.Text(line, WIDTH / 2, y, fitted.size, families, face.weight, direction=direction, language=language)


@api.hookimpl
def conferral_register_designs() -> Iterable[api.Design]:
    """Offer Minimal to the host, which finds this module by its entry point (see pyproject.toml)."""
    return (Minimal(),)
