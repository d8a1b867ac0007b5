"""A credential's page as bytes, ready to be sent many times."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from conferral.contracts.public import PublicCredential
from services.issuer_web.domain.languages import SUPPORTED, locale_of
from services.issuer_web.entrypoints.security import content_policy, style_hash
from services.issuer_web.handlers import pages

_COMPRESSION = 6


@dataclass(frozen=True)
class Body:
    """Bytes with their validator."""

    content: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> "Body":
        """Compress and digest."""
        return cls(content, gzip.compress(content, _COMPRESSION, mtime=0), hashlib.sha256(content).hexdigest()[:32])

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) + len(self.compressed)


@dataclass(frozen=True)
class RenderedPage:
    """The page and the credential's JSON."""

    html: Body
    json: Body
    policy: str
    language: str
    indexed: bool
    expires_at: datetime | None
    """When it will look different: the page says that the credential has expired."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.html.size + self.json.size

    def is_outdated(self) -> bool:
        """Tell whether the credential has expired since."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Renderer:
    """Makes pages.

    :param secure: served over TLS.
    """

    def __init__(self, decoded: pages.Decoded, *, secure: bool) -> None:
        self._decoded, self._secure = decoded, secure

    def render(self, credential: PublicCredential) -> RenderedPage:
        """Return the page of a credential. Needs an application context.

        :raises Unavailable: a part cannot be read at the moment.
        """
        page = pages.gather(self._decoded, credential)
        with force_locale(SUPPORTED[page.interface]):
            html = render_template(
                "public/credential.html",
                page=page,
                credential=credential,
                edition=page.edition,
                svg=Markup(page.svg),  # noqa: S704 - sanitised when compiled; runs are escaped
                css=Markup(page.css),  # noqa: S704 - css_font_faces escapes
                language=credential.language,
                direction=page.edition.direction,
                own_words=locale_of(credential.language).language == locale_of(page.interface).language,
                own_direction=locale_of(page.interface).text_direction,
            )
        pending = credential.valid_until if not page.expired else None
        return RenderedPage(
            html=Body.of(html.encode()),
            json=Body.of(pages.document(self._decoded, credential)),
            policy=content_policy(styles=[style_hash(page.css)], forms=False, secure=self._secure),
            language=credential.language,
            indexed=credential.visibility == "public",
            expires_at=pending,
        )
