"""A preview inside a page of the dashboard: its drawing, and the fonts that it needs."""

from dataclasses import dataclass

from flask import current_app
from markupsafe import Markup

from conferral.contracts.edition import FontManifest
from conferral.contracts.rpc.previews import Preview
from conferral.drawing.fonts import css_font_faces
from services.issuer_web.entrypoints.dashboard.context import parts
from services.issuer_web.entrypoints.security import content_policy, style_hash
from services.issuer_web.handlers.credentials import PreviewFailure


@dataclass(frozen=True)
class Drawn:
    """What the template shows: a drawing with its style sheet, or why there is none."""

    svg: Markup | None = None
    css: Markup | None = None
    alternative: str = ""
    failure: str = ""
    policy: str | None = None


def drawn(preview: Preview | PreviewFailure) -> Drawn:
    """Prepare a preview for the page. The publisher has sanitised the drawing."""
    if isinstance(preview, PreviewFailure):
        return Drawn(failure=preview.reason)
    origin = parts().public_url
    css = css_font_faces(
        FontManifest(slices=preview.slices), preview.fonts, lambda digest: f"{origin}/f/{digest}.woff2"
    )
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return Drawn(
        svg=Markup(preview.svg),  # noqa: S704 - sanitised against an allow-list where it was drawn
        css=Markup(css),  # noqa: S704 - css_font_faces escapes
        alternative=preview.alternative,
        policy=content_policy(styles=[style_hash(css)], fonts=[origin], images=[origin], secure=secure),
    )
