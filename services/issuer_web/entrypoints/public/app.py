"""The public pages as a Flask application. It sets no cookies and asks the reader only."""

from dataclasses import dataclass

from flask import Flask, Response, request
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from services.issuer_web.adapters.page_cache import PageCache
from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.domain.languages import SUPPORTED, TRANSLATIONS
from services.issuer_web.entrypoints import assets, security
from services.issuer_web.entrypoints.observing import observe
from services.issuer_web.entrypoints.public import views
from services.issuer_web.entrypoints.public.rendering import RenderedPage, Renderer
from services.issuer_web.handlers.pages import Decoded
from services.issuer_web.ports import Blobs, PublicReader


@dataclass(frozen=True)
class Options:
    """Settings of the application. ``proxies``: how many in front of it are trusted."""

    trusted_hosts: tuple[str, ...] = ()
    secure: bool = True
    proxies: int = 0


class DigestConverter(BaseConverter):
    """A blob's name in an address."""

    regex = "[0-9a-f]{64}"


class IdConverter(BaseConverter):
    """A credential's id in an address."""

    regex = "[a-z2-7]{26}"


def create_app(reader: PublicReader, blobs: Blobs, files: StaticFiles, options: Options) -> Flask:
    """Build the application."""
    app = Flask("services.issuer_web", static_folder=None)
    app.config.update(
        TRUSTED_HOSTS=list(options.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=0,
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DOMAIN="public",
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    if options.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=options.proxies, x_proto=options.proxies)  # type: ignore[method-assign]
    app.url_map.converters.update(digest=DigestConverter, id=IdConverter)
    Babel(app, locale_selector=browser_language)
    app.jinja_env.globals.update(static_url=files.url)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    cache: PageCache[RenderedPage] = PageCache(reader, Renderer(Decoded(blobs), secure=options.secure).render)
    app.extensions["conferral"] = views.Parts(cache, blobs)
    observe(app, "public")
    security.harden(app, referrer="no-referrer", secure=options.secure)
    app.after_request(_no_index)
    app.register_blueprint(assets.blueprint(files))
    app.register_blueprint(views.routes)
    views.install_errors(app)
    return app


def browser_language() -> str:
    """Return the language of pages that belong to no credential: the browser's, if we have it."""
    return SUPPORTED[request.accept_languages.best_match(list(SUPPORTED), "en") or "en"]


def _no_index(response: Response) -> Response:
    """Keep everything out of search engines that does not say otherwise."""
    if response.headers.pop("X-Conferral-Indexed", None) is None:
        response.headers["X-Robots-Tag"] = "noindex"
    return response
