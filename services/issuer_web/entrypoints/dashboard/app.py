"""The dashboard as a Flask application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from services.issuer_web.domain.languages import TRANSLATIONS
from services.issuer_web.entrypoints import assets, security
from services.issuer_web.entrypoints.dashboard import (
    accounts,
    bulk,
    choosing,
    credentials,
    designs,
    drafts,
    errors,
    expiries,
    exports,
    groups,
    invitation,
    my_account,
    operations,
    organisation,
    people,
    presentation,
    publications,
    saved_filters,
    sender_domain,
    sending,
    wording,
)
from services.issuer_web.entrypoints.dashboard.context import IdConverter, Parts, add_organisation
from services.issuer_web.entrypoints.dashboard.session import CookieSessions
from services.issuer_web.entrypoints.observing import observe

FORM_LIFETIME = 12 * 3600
"""Seconds for which a form may be filled in: a long list of recipients takes an afternoon."""
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes: a form of 500 recipients with all attributes."""
OF_AN_ORGANISATION = (
    groups.routes,
    wording.routes,
    choosing.routes,
    drafts.routes,
    credentials.routes,
    publications.routes,
    bulk.routes,
    exports.routes,
    saved_filters.routes,
    designs.routes,
    organisation.routes,
    people.routes,
    sending.routes,
    sender_domain.routes,
    my_account.routes,
)

SHOW_AGAIN: Mapping[str, Callable[..., ResponseReturnValue]] = {
    "drafts.create": drafts.show_again,
    "drafts.create_for_several": drafts.show_several_again,
    "credentials.amend": credentials.show_again,
    "groups.create": groups.show_again,
    "groups.amend": groups.show_again,
    "wording.change": wording.show_again,
    "wording.preview": wording.preview_again,
    "designs.create": designs.show_again,
    "designs.amend": designs.show_again,
    "organisation.change": organisation.show_again,
    "sending.change": sending.show_again,
    "people.invite": people.show_again,
    "my_account.change_name": my_account.show_name_again,
    "my_account.change_password": my_account.show_password_again,
}
"""What shows a form once more as it was sent, by endpoint."""


@dataclass(frozen=True)
class Options:
    """Settings of the application. ``proxies``: how many in front of it are trusted to name the client.

    ``locale`` is a catalogue's folder in ``translations``, such as ``zh_Hans``; what it lacks is in English.
    """

    secret_key: str
    trusted_hosts: tuple[str, ...] = ()
    secure_cookies: bool = True
    proxies: int = 0
    locale: str = "en"
    translations: Path = TRANSLATIONS


def create_app(parts: Parts, options: Options) -> Flask:
    """Build the application."""
    app = Flask("services.issuer_web", static_folder=None)
    app.config.update(
        SECRET_KEY=options.secret_key,
        SESSION_COOKIE_SECURE=options.secure_cookies,
        TRUSTED_HOSTS=list(options.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=FORM_LIFETIME,
        BABEL_DEFAULT_LOCALE=options.locale,
        BABEL_DOMAIN="dashboard",
        BABEL_TRANSLATION_DIRECTORIES=str(options.translations),
    )
    app.extensions["conferral"] = parts
    app.extensions["show_again"] = SHOW_AGAIN
    app.session_interface = CookieSessions(secure=options.secure_cookies)
    app.url_map.converters["id"] = IdConverter
    if options.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=options.proxies, x_proto=options.proxies)  # type: ignore[method-assign]
    app.url_defaults(add_organisation)
    observe(app, "dashboard")
    Babel(app)
    CSRFProtect(app)
    presentation.install(app)
    expiries.install(app)
    errors.install(app)
    security.harden(app, referrer="same-origin", secure=options.secure_cookies, images=(parts.public_url,))
    app.after_request(_keep_private)
    app.register_blueprint(assets.blueprint(parts.files))
    app.register_blueprint(accounts.routes)
    app.register_blueprint(invitation.routes)
    app.register_blueprint(operations.routes)
    for routes in OF_AN_ORGANISATION:
        app.register_blueprint(routes)
    return app


def _keep_private(response: Response) -> Response:
    """Keep pages out of caches: a page of the dashboard belongs to one person."""
    if request.blueprint != "assets":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
