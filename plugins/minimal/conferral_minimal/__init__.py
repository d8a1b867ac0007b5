"""Minimal: the smallest design."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conferral_design_api.hookspecs import hookimpl
from conferral_design_api.types import CompiledDesign, CompileRequest, Completion, Design, EmailSource, Recipient, Text


class Minimal(Design):
    """A name on a sheet."""

    id = "minimal"
    version = "0.1.0"
    name = "Minimal"
    description = "A name, an achievement and a date on a quiet sheet."

    def compile(self, request: CompileRequest) -> CompiledDesign:
        """Draw the sheet."""
        mjml = (
            "<mjml><mj-body><mj-section><mj-column><mj-text>{{ recipient_name }}</mj-text>"
            "<mj-button href='{{ credential_url }}'>Open</mj-button></mj-column></mj-section></mj-body></mjml>"
        )
        return CompiledDesign(
            width=1123,
            height=794,
            svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1123 794">{{ drawing }}</svg>',
            email=EmailSource(subject="{{ recipient_name }}", mjml=mjml, text="{{ credential_url }}"),
            state={"title": request.achievement.name},
        )

    def complete(self, state: Mapping[str, Any], recipients: Sequence[Recipient]) -> Sequence[Completion]:
        """Write the name."""
        families = ("EB Garamond",)
        return [
            Completion((Text(one.name, 561, 400, 60, families),), alternative=f"{state['title']}, {one.name}")
            for one in recipients
        ]


@hookimpl
def conferral_register_designs() -> Iterable[Design]:
    """Offer Minimal."""
    return (Minimal(),)
