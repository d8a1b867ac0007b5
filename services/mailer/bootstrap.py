"""The mailer's composition root: settings in, a running role out."""

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from conferral.contracts.rpc.sending import MailServerAnswer
from conferral.runtime.blobs import BlobClient
from conferral.runtime.rpc_client import RpcClient
from services.mailer.adapters.account_mail import own_templates
from services.mailer.adapters.journals import Journals, NoJournals
from services.mailer.adapters.own_ways import OwnWays
from services.mailer.adapters.smtp_connect import Endpoint
from services.mailer.adapters.smtp_server import SmtpMailServer
from services.mailer.adapters.templates import CompiledTemplates
from services.mailer.config import MailerSettings
from services.mailer.domain.pace import Breaker, DailyQuota, Pace, Paces, Rate
from services.mailer.handlers import Mailer, Stopping

_GRACE_SHARE = 0.6
"""Of the shutdown grace, for recording results; the rest is for the message in hand."""


@dataclass(frozen=True)
class Parts:
    """What is built once and closed at the end."""

    mailer: Mailer
    store: RpcClient
    server: SmtpMailServer
    own_ways: OwnWays

    def close(self) -> None:
        """Close connections."""
        self.own_ways.close()
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


def own_endpoint(settings: MailerSettings, answer: MailServerAnswer) -> Endpoint | None:
    """Return where an organisation's own mail server is; None: it uses the installation's."""
    if answer.server is None:
        return None
    return Endpoint(
        host=answer.server.host,
        port=answer.server.port,
        tls=answer.server.tls,
        context=None if answer.server.tls == "none" else ssl.create_default_context(),
        user=answer.server.user,
        password=answer.password,
        timeout=settings.smtp_timeout,
        final_timeout=settings.smtp_final_timeout,
        public_only=not (settings.quick_start or settings.smtp_private_hosts),
    )


def build(settings: MailerSettings, stopping: Stopping) -> Parts:
    """Put the mailer together; connects to nothing yet."""
    store = RpcClient(settings.amqp_uri)

    def pace(quota: int) -> Pace:
        return Pace(
            Rate(settings.smtp_rate, time.monotonic),
            DailyQuota(quota, lambda: datetime.now(UTC)),
            Breaker(time.monotonic),
        )

    def server_at(where: Endpoint, its: Pace) -> SmtpMailServer:
        return SmtpMailServer(
            where, its, pause=lambda seconds: stopping.wait(seconds) if seconds > 0 else stopping.is_set()
        )

    server = server_at(endpoint(settings), pace(settings.smtp_daily_quota))
    paces = Paces(lambda: pace(0))

    def own_server(answer: MailServerAnswer) -> SmtpMailServer | None:
        where = own_endpoint(settings, answer)
        return server_at(where, paces.of(where.host, where.port)) if where else None

    own_ways = OwnWays(store, server, own_server)
    mailer = Mailer(
        store=store,
        server=server,
        templates=CompiledTemplates(BlobClient(settings.reader_url, None), own_templates()),
        stopping=stopping,
        journals=Journals(settings.journal_dir) if settings.journal_dir else NoJournals(),
        window=settings.paced_window,
        grace=settings.shutdown_grace * _GRACE_SHARE,
        own_ways=own_ways,
    )
    return Parts(mailer, store, server, own_ways)
