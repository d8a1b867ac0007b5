"""The mailer's composition root: settings in, a running role out."""

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from conferral.runtime.blobs import BlobClient
from conferral.runtime.rpc_client import RpcClient
from services.mailer.adapters.account_mail import own_templates
from services.mailer.adapters.smtp_connect import Endpoint
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.adapters.templates import CompiledTemplates
from services.mailer.config import MailerSettings
from services.mailer.domain.pace import Breaker, DailyQuota, Rate
from services.mailer.handlers import Mailer, Stopping

_GRACE_SHARE = 0.6
"""Of the shutdown grace, for recording results; the rest is for the message in hand."""


@dataclass(frozen=True)
class Parts:
    """What is built once and closed at the end."""

    mailer: Mailer
    store: RpcClient
    server: SmtpMailServer

    def close(self) -> None:
        """Close connections."""
        self.server.close()
        self.store.close()


def endpoint(settings: MailerSettings) -> Endpoint:
    """Return where to connect, with certificates verified.

    :raises OSError: the file of certificates cannot be read.
    """
    context = None
    if settings.smtp_tls != "none":
        context = ssl.create_default_context(cafile=str(settings.smtp_ca_file) if settings.smtp_ca_file else None)
    return Endpoint(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        context=context,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        timeout=settings.smtp_timeout,
        final_timeout=settings.smtp_final_timeout,
    )


def build(settings: MailerSettings, stopping: Stopping) -> Parts:
    """Put the mailer together; connects to nothing yet."""
    store = RpcClient(settings.amqp_uri)
    server = SmtpMailServer(
        endpoint(settings),
        Rate(settings.smtp_rate, time.monotonic),
        DailyQuota(settings.smtp_daily_quota, lambda: datetime.now(UTC)),
        Breaker(time.monotonic),
        pause=lambda seconds: stopping.wait(seconds) if seconds > 0 else stopping.is_set(),
    )
    mailer = Mailer(
        store=store,
        server=server,
        templates=CompiledTemplates(BlobClient(settings.reader_url, None), own_templates()),
        stopping=stopping,
        window=settings.paced_window,
        grace=settings.shutdown_grace * _GRACE_SHARE,
    )
    return Parts(mailer, store, server)
