"""Response headers that keep a browser from doing what our pages never ask for."""

import base64
import hashlib
from collections.abc import Sequence

from flask import Flask, Response

STATIC_MAX_AGE = 365 * 24 * 3600

FEATURES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def style_hash(css: str) -> str:
    """Return the Content-Security-Policy source that allows exactly this style element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


def content_policy(
    *,
    styles: Sequence[str] = (),
    fonts: Sequence[str] = (),
    images: Sequence[str] = (),
    forms: bool = True,
    frames: bool = False,
    secure: bool = False,
) -> str:
    """Return a policy under which nothing runs or loads but our own files.

    :param styles: sources of style elements, from style_hash.
    :param fonts: further origins of fonts.
    :param images: further origins of images.
    :param frames: the page shows another page of ours in a frame.
    """
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        " ".join(("style-src 'self'", *styles)),
        " ".join(("font-src 'self'", *fonts)),
        # Artwork holds its pictures as data.
        " ".join(("img-src 'self' data:", *images)),
        "connect-src 'self'",
        "form-action 'self'" if forms else "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    if frames:
        rules.append("frame-src 'self'")
    if secure:
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


# Mail programs know no other way than styles in an email's elements.
_EMAIL_LOADS = "default-src 'none'; style-src 'unsafe-inline'"
EMAIL_POLICY = f"{_EMAIL_LOADS}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
"""For a page of ours that is an email: nothing runs or loads, and only our own pages may frame it."""


def harden(app: Flask, *, referrer: str, secure: bool, images: Sequence[str] = ()) -> None:
    """Add the headers that every response of a role carries.

    :param images: further origins of images.
    """

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_policy(images=images, secure=secure))
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("X-Frame-Options", "DENY")
        headers["Referrer-Policy"] = referrer
        headers["Permissions-Policy"] = FEATURES
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={STATIC_MAX_AGE}"
        return response
