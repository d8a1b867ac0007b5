"""The session cookie. It holds an opaque token and nothing else; what it means is in the store.

Before sign-in the cookie holds a random visit token, so that the sign-in form has something to tie its form token
to. The form tokens' key is derived from the cookie, so it changes with every sign-in and sign-out.
"""

import hashlib
import hmac
import re
import secrets

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

SIGNED_IN, VISITING = "s", "v"
_SHAPE = re.compile(r"^([sv])\.([A-Za-z0-9_-]{16,200})$")
_LIFETIME = 14 * 24 * 3600
"""Seconds that the browser keeps the cookie; the store ends sessions earlier."""


class CookieSession(dict[str, object], SessionMixin):
    """What Flask calls the session: ``csrf_token`` for Flask-WTF, and the store's token in ``token``."""

    def __init__(self, kind: str, secret: str, key: bytes) -> None:
        super().__init__()
        self._key = key
        self._take(kind, secret)
        self.modified = False
        self.new = False

    def __getitem__(self, name: str) -> object:
        # A new visit is worth a cookie only once a form was tied to it; static files, for instance, need none.
        self.modified = self.modified or self.new
        return super().__getitem__(name)

    @property
    def cookie(self) -> str:
        """The cookie's value."""
        return f"{self._kind}.{self._secret}"

    @property
    def token(self) -> str | None:
        """The store's session token; None before sign-in."""
        return self._secret if self._kind == SIGNED_IN else None

    def sign_in(self, token: str) -> None:
        """Become the session of this token."""
        self._take(SIGNED_IN, token)

    def forget(self) -> None:
        """Become nobody's session."""
        self._take(VISITING, secrets.token_urlsafe(24))

    def _take(self, kind: str, secret: str) -> None:
        self._kind, self._secret = kind, secret
        self["csrf_token"] = hmac.new(self._key, f"csrf:{self.cookie}".encode(), hashlib.sha256).hexdigest()
        self.modified = True


class CookieSessions(SessionInterface):
    """Opens and saves the cookie."""

    def __init__(self, *, secure: bool) -> None:
        # Browsers refuse the prefix without TLS, and with it refuse such a cookie from a sibling domain.
        self.cookie_name = "__Host-conferral" if secure else "conferral"
        self._secure = secure

    def open_session(self, app: Flask, request: Request) -> CookieSession:
        """Read the cookie; anything malformed starts a new visit."""
        key = str(app.secret_key).encode()
        matched = _SHAPE.match(request.cookies.get(self.cookie_name, ""))
        if matched:
            return CookieSession(matched[1], matched[2], key)
        fresh = CookieSession(VISITING, secrets.token_urlsafe(24), key)
        fresh.new = True
        return fresh

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie when it changed. ``app`` is Flask's, and not needed here."""
        del app
        if isinstance(session, CookieSession) and session.modified:
            response.set_cookie(
                self.cookie_name,
                session.cookie,
                max_age=_LIFETIME if session.token else None,
                secure=self._secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )
