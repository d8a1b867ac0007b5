"""The composition root: each role's application, put together from settings."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask

from conferral.runtime.blobs import BlobClient
from conferral.runtime.health import Health
from conferral.runtime.rpc_client import RpcClient
from services.issuer_web.adapters.reader import HttpReader
from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.config import DashboardSettings, PublicSettings, WebSettings
from services.issuer_web.entrypoints.dashboard import app as dashboard
from services.issuer_web.entrypoints.dashboard.context import Parts
from services.issuer_web.entrypoints.public import app as public
from services.issuer_web.handlers.designs import InstalledDesigns

SERVICE = "issuer_web"


@dataclass(frozen=True)
class Running:
    """An application with what has to be closed when its process ends."""

    app: Flask
    close: Callable[[], None]
    ready: Callable[[], None]
    """Raises to say why the role cannot do its work."""


def build_dashboard(settings: DashboardSettings) -> Running:
    """Build the dashboard, which asks over the bus."""
    caller = RpcClient(settings.amqp_uri, only_if_served=True)
    parts = Parts(caller, InstalledDesigns(caller), StaticFiles(), settings.public_url)
    options = dashboard.Options(
        secret_key=settings.secret_key.get_secret_value(),
        trusted_hosts=hosts(settings, settings.dashboard_url),
        secure_cookies=settings.secure_cookies,
        proxies=settings.trusted_proxies,
        locale=settings.dashboard_locale,
        translations=settings.translations,
    )
    return Running(dashboard.create_app(parts, options), caller.close, caller.ping)


def build_public(settings: PublicSettings) -> Running:
    """Build the public pages, which read over HTTP and need no bus."""
    reader = HttpReader(settings.reader_url)
    blobs = BlobClient(settings.reader_url, None)
    secure = settings.public_url.startswith("https://")
    options = public.Options(hosts(settings, settings.public_url), secure, settings.trusted_proxies)
    return Running(public.create_app(reader, blobs, StaticFiles(), options), reader.close, reader.check)


def hosts(settings: WebSettings, own_url: str) -> tuple[str, ...]:
    """Return the host names that a role answers to: those that are set, or its own in the quick start."""
    return settings.trusted_hosts or (urlsplit(own_url).hostname or "", "localhost", "127.0.0.1")


def health(settings: WebSettings, role: str, ready: Callable[[], None]) -> Health:
    """Build the role's health server."""
    return Health(SERVICE, role, settings, ready)
