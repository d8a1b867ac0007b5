"""Template: a badge to start a design from. See README.md for what to change."""

from collections.abc import Iterable, Mapping, Sequence
from string import Template as Words
from typing import Any

import conferral_design_api as api

# A badge is square. In CSS pixels; what is drawn scales.
SIDE = 600.0
MIDDLE = SIDE / 2
# The inside of the ring: no text is wider.
BOX = 400.0

SHEET = Words(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE:g} {SIDE:g}" text-rendering="geometricPrecision">'
    f'<circle cx="{MIDDLE:g}" cy="{MIDDLE:g}" r="290" fill="$colour"/>'
    f'<circle cx="{MIDDLE:g}" cy="{MIDDLE:g}" r="268" fill="#ffffff"/>{{{{ drawing }}}}</svg>'
)

MAIL = Words("""<mjml dir="$direction"><mj-body background-color="#ffffff"><mj-section><mj-column>
<mj-text font-size="18px" line-height="1.5" align="center">$greeting<br />$body</mj-text>
<mj-button href="{{ credential_url }}" background-color="$colour">$button</mj-button>
<mj-text align="center"><a href="{{ credential_url }}">{{ credential_url }}</a></mj-text>
</mj-column></mj-section></mj-body></mjml>""")


class Template(api.Design):
    """A ring with the achievement in it and the recipient's name below."""

    id = "template"
    version = "0.1.0"
    name = "Template"
    description = "A ring, an achievement and a name."
    kind = "badge"
    attributes = (api.Attribute("level", "Level", help="Shown below the name."),)
    options = (api.Option("colour", "Colour", "colour", "#7a2e4d"),)
    # Parts of the email for which the issuer may write other words: ``request.words`` has them, or your own.
    wording = ("subject", "greeting", "body", "button")

    def compile(self, request: api.CompileRequest) -> api.CompiledDesign:
        """Make what all recipients share; called once per design, options and language."""
        colour = api.legible(str(request.options.get("colour", self.options[0].default)), "#ffffff")
        title, issuer = api.plain(request.achievement.name), api.plain(request.issuer.name)
        words = {
            "greeting": request.words("greeting", "{{ recipient_name }}"),
            "body": request.words("body", f"{title}\n{issuer}"),
            "button": request.words("button", title),
        }
        markup = {part: api.worded(said) for part, said in words.items()}
        # No `corrected`: the host says above this email that it is about a correction, in the recipient's language.
        return api.CompiledDesign(
            width=SIDE,
            height=SIDE,
            svg=SHEET.substitute(colour=colour),
            email=api.EmailSource(
                subject=request.words("subject", title),
                mjml=MAIL.substitute(markup, colour=colour, direction=request.direction),
                text=f"{words['greeting']}\n{words['body']}\n\n{words['button']}:\n{{{{ credential_url }}}}\n",
            ),
            # JSON-compatible; ``complete`` gets it back, perhaps in another process and years later.
            state={"title": title, "language": request.language},
            # Words that are the same for everybody are drawn once.
            static_runs=(
                *_lines(title, request.language, y=250, size=44, weight=600, fill=colour, most=3),
                *_lines(issuer, request.language, y=452, size=20, weight=400, fill="#444444", most=1),
            ),
        )

    def complete(self, state: Mapping[str, Any], recipients: Sequence[api.Recipient]) -> Sequence[api.Completion]:
        """Place each recipient's words; called with a batch, answers in its order."""
        return [_completion(state, recipient) for recipient in recipients]


def _completion(state: Mapping[str, Any], recipient: api.Recipient) -> api.Completion:
    language, level = state["language"], recipient.attributes.get("level", "")
    runs = list(_lines(recipient.name, language, y=360, size=30, weight=400, fill="#111111", most=2))
    if level:
        runs += _lines(level, language, y=415, size=20, weight=600, fill="#444444", most=1)
    return api.Completion(runs=tuple(runs), alternative=f"{state['title']}: {recipient.name}")


def _lines(text: str, language: str, *, y: float, size: float, weight: int, fill: str, most: int) -> Iterable[api.Text]:
    """Fit a text into at most ``most`` lines around the height ``y``."""
    text = api.plain(text)
    face = api.typeface(language, text, first=api.SANS, weight=weight)
    fitted = api.fit_lines(text, face, BOX, size, size * 0.4, most=most, comfortable=size * 0.8)
    leading = fitted.size * 1.15
    top = y - leading * (len(fitted.lines) - 1) / 2
    for number, line in enumerate(fitted.lines):
        yield api.Text(
            text=line,
            x=MIDDLE,
            y=top + number * leading,
            size=fitted.size,
            families=face.used_by(line),
            weight=face.weight,
            fill=fill,
            direction=api.direction_of(line, api.direction_of_language(language)),
            language=language,
        )


@api.hookimpl
def conferral_register_designs() -> Iterable[api.Design]:
    """Offer the design to Conferral."""
    return (Template(),)
