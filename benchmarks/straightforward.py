"""The straightforward way to publish, to compare with: everything for one credential at a time, by the same libraries.

For each credential a worker asks the store for it by an RPC of its own, has the design draw it, compiles its email's
MJML, puts two commands on the bus with a confirm each, writes the result by an RPC and transaction of its own, builds
an ``EmailMessage``, sends it, and writes that it was sent by another RPC. Nothing is shared between recipients.
"""

import html
import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from email.message import EmailMessage
from email.utils import make_msgid

from conferral_classic import Classic
from conferral_design_api import Achievement, CompileRequest, Completion, EmailSource, Issuer, Recipient
from kombu import Connection, Exchange, Producer, Queue
from local_system import Session
from mjml import mjml2html

from conferral.contracts.canonical import canonical_json
from conferral.contracts.rpc.credentials import (
    AMEND_CREDENTIAL,
    GET_CREDENTIAL,
    AmendCredential,
    CredentialContent,
    CredentialSummary,
    GetCredential,
)
from conferral.contracts.template import Template

WORKERS = 2
_QUEUE = Queue(
    "benchmark.straightforward",
    Exchange("benchmark", "direct"),
    routing_key="benchmark",
    queue_arguments={"x-queue-type": "quorum"},
)


def publish_one_by_one(session: Session, credentials: Sequence[CredentialSummary]) -> None:
    """Do all of it for these drafts, by two workers."""
    shares = [credentials[worker::WORKERS] for worker in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda share: _work(session, share), shares))


def _work(session: Session, credentials: Sequence[CredentialSummary]) -> None:
    with (
        Connection(session.run["amqp_uri"], transport_options={"confirm_publish": True}) as connection,
        smtplib.SMTP(session.run["smtp_host"], session.run["smtp_port"], local_hostname="localhost") as smtp,
    ):
        producer = connection.Producer()
        for listed in credentials:
            credential = session.caller.call(
                GET_CREDENTIAL, GetCredential(**session.scope, credential_id=listed.id)
            ).credential
            email, completion = _draw(credential)
            _command(producer, credential.id)
            revision = _write(session, credential, credential.revision, canonical_json(asdict(completion)).decode())
            _command(producer, credential.id)
            smtp.send_message(_message(credential.content, email, completion))
            _write(session, credential, revision, "sent")


def _draw(credential: CredentialSummary) -> tuple[EmailSource, Completion]:
    design = Classic()
    compiled = design.compile(
        CompileRequest(
            options={option.key: option.default for option in design.options},
            language="en",
            direction="ltr",
            issuer=Issuer("Example Academy", "https://example.org"),
            achievement=Achievement("Benchmark", "Speed", "Ran."),
        )
    )
    recipient = Recipient(
        credential_id=credential.id,
        name=credential.content.name,
        url=f"https://example.org/c/{credential.id}",
        issue_date=credential.content.issue_date.isoformat(),
    )
    return compiled.email, design.complete(compiled.state, [recipient])[0]


def _command(producer: Producer, credential_id: str) -> None:
    """Return when the broker has confirmed."""
    producer.publish(
        {"credential_id": credential_id},
        exchange=_QUEUE.exchange,
        routing_key=_QUEUE.routing_key,
        declare=[_QUEUE],
        delivery_mode=2,
    )


def _write(session: Session, credential: CredentialSummary, revision: int, result: str) -> int:
    """Change the one record in a transaction of its own; return its new revision."""
    content = credential.content.model_copy(update={"attributes": {"course": result[:200]}})
    request = AmendCredential(**session.scope, credential_id=credential.id, revision=revision, content=content)
    return session.caller.call(AMEND_CREDENTIAL, request).credential.revision


def _message(content: CredentialContent, email: EmailSource, completion: Completion) -> EmailMessage:
    values = {
        **completion.email_values,
        "recipient_name": content.name,
        "credential_url": "https://example.org/c/x?d=y",
    }
    message = EmailMessage()
    message["From"] = "Example Academy <credentials@example.org>"
    message["To"] = f"{content.name} <{content.email}>"
    message["Subject"] = Template.parse(email.subject).fill(values)
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(Template.parse(email.text).fill(values))
    message.add_alternative(Template.parse(mjml2html(email.mjml)).fill(values, html.escape), subtype="html")
    return message
