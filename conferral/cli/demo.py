"""The demo batch: a design and a group of each kind, 25 credentials, published and mailed. Safe to run again."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conferral.cli.demo_data import GROUPS, RECIPIENTS, DemoGroup
from conferral.cli.screen import Screen
from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.accounts import SIGN_IN, SignIn
from conferral.contracts.rpc.credentials import (
    CREATE_CREDENTIALS,
    LIST_CREDENTIALS,
    CreateCredentials,
    CredentialContent,
    CredentialRow,
    CredentialSummary,
    ListCredentials,
)
from conferral.contracts.rpc.groups import CREATE_DESIGN, CREATE_GROUP, CreateDesign, CreateGroup, GroupContent
from conferral.contracts.rpc.previews import LIST_INSTALLED_DESIGNS, DesignDeclaration, ListInstalledDesigns
from conferral.contracts.rpc.publications import (
    GET_PUBLICATION,
    REQUEST_PUBLICATION,
    Counts,
    GetPublication,
    RequestPublication,
)
from conferral.local.errors import CannotStart
from conferral.local.files import write_private
from conferral.local.places import Places
from conferral.local.run_file import Addresses
from conferral.runtime.rpc_client import RpcClient

_WAIT_SECONDS = 300
_HEADLINE = "Publishing and mailing"


@dataclass(frozen=True)
class _Session:
    """Somebody signed in to an organisation."""

    caller: Caller
    actor: Actor
    organisation_id: str


def run_demo(places: Places, addresses: Addresses, organisation_id: str, screen: Screen) -> None:
    """Make the batch, wait until every email is accepted, and say what there is to see.

    :raises CannotStart: a service refused; the text says what.
    """
    ids = _ids(places)
    client = RpcClient(addresses.amqp_uri)
    try:
        session = _sign_in(client, addresses, organisation_id)
        designs = _installed(client)
        for group in GROUPS:
            _make_group(session, ids, group, designs)
        credentials = _make_credentials(session, ids, designs)
        counts = _publish(session, ids["publication"], credentials, screen)
        _tell(counts, _credentials(session, ids["batch"]), screen)
    except ConferralError as error:
        raise CannotStart("The demo could not be made.", error.message) from error
    finally:
        client.close()


def _ids(places: Places) -> dict[str, str]:
    """Return the ids of everything that the demo makes: kept, so that a second run makes nothing twice."""
    if not places.demo_file.exists():
        names = ["batch", "publication", *(f"{kind}-{group.key}" for kind in ("design", "group") for group in GROUPS)]
        write_private(places.demo_file, json.dumps({name: new_id() for name in names}, indent=1).encode())
    ids: dict[str, str] = json.loads(places.demo_file.read_text())
    return ids


def _sign_in(caller: Caller, addresses: Addresses, organisation_id: str) -> _Session:
    request = SignIn(
        actor=Actor(service="admin"),
        email=addresses.email,
        password=addresses.password,
        client_address="127.0.0.1",
    )
    return _Session(caller, Actor(session=caller.call(SIGN_IN, request).session), organisation_id)


def _installed(caller: Caller) -> Mapping[str, DesignDeclaration]:
    answer = caller.call(LIST_INSTALLED_DESIGNS, ListInstalledDesigns(actor=Actor(service="admin")), timeout=30)
    return {design.plugin_id: design for design in answer.designs}


def _make_group(
    session: _Session, ids: Mapping[str, str], group: DemoGroup, designs: Mapping[str, DesignDeclaration]
) -> None:
    design = designs.get(group.plugin)
    if design is None or design.error:
        reason = design.error if design else "it is not among the publisher's plugins"
        raise CannotStart(f"The design {group.plugin} is not installed: {reason}")
    session.caller.call(
        CREATE_DESIGN,
        CreateDesign(
            actor=session.actor,
            organisation_id=session.organisation_id,
            design_id=ids[f"design-{group.key}"],
            name=design.name,
            plugin_id=design.plugin_id,
            plugin_version=design.plugin_version,
            options={},
            required_attributes=tuple(attribute.key for attribute in design.attributes if attribute.required),
        ),
    )
    content = GroupContent(
        name=group.name,
        description=group.description,
        criteria=group.criteria,
        tags=group.tags,
        language="en",
        design_id=ids[f"design-{group.key}"],
    )
    session.caller.call(
        CREATE_GROUP,
        CreateGroup(
            actor=session.actor,
            organisation_id=session.organisation_id,
            group_id=ids[f"group-{group.key}"],
            content=content,
        ),
    )


def _make_credentials(
    session: _Session, ids: Mapping[str, str], designs: Mapping[str, DesignDeclaration]
) -> list[CredentialSummary]:
    today = datetime.now(UTC).date()
    plugins = {group.key: designs[group.plugin] for group in GROUPS}
    declared = {key: {attribute.key for attribute in plugin.attributes} for key, plugin in plugins.items()}
    rows = tuple(
        CredentialRow(
            group_id=ids[f"group-{recipient.group}"],
            external_id=f"demo-{recipient.mailbox}",
            content=CredentialContent(
                name=recipient.name,
                email=f"{recipient.mailbox}@example.org",
                issue_date=today,
                expiry_date=today + timedelta(days=3 * 365) if recipient.group == "badge" else None,
                language=recipient.language,
                attributes={
                    key: value for key, value in recipient.attributes.items() if key in declared[recipient.group]
                },
            ),
        )
        for recipient in RECIPIENTS
    )
    existing = _credentials(session, ids["batch"])
    if existing:
        return existing
    request = CreateCredentials(
        actor=session.actor, organisation_id=session.organisation_id, batch_id=ids["batch"], rows=rows
    )
    problems = [
        f"{recipient.name}: {problem.field}: {problem.message}"
        for recipient, result in zip(
            RECIPIENTS, session.caller.call(CREATE_CREDENTIALS, request, timeout=30).results, strict=True
        )
        for problem in result.problems
    ]
    if problems:
        raise CannotStart("The demo's recipients were refused.", *problems)
    return _credentials(session, ids["batch"])


def _credentials(session: _Session, batch_id: str) -> list[CredentialSummary]:
    request = ListCredentials(
        actor=session.actor, organisation_id=session.organisation_id, batch_id=batch_id, limit=len(RECIPIENTS)
    )
    return list(session.caller.call(LIST_CREDENTIALS, request, timeout=15).credentials)


def _publish(session: _Session, publication_id: str, credentials: list[CredentialSummary], screen: Screen) -> Counts:
    actor, organisation_id = session.actor, session.organisation_id
    session.caller.call(
        REQUEST_PUBLICATION,
        RequestPublication(
            actor=actor,
            organisation_id=organisation_id,
            publication_id=publication_id,
            credentials=tuple((credential.id, credential.revision) for credential in credentials),
        ),
    )
    poll = GetPublication(actor=actor, organisation_id=organisation_id, publication_id=publication_id)
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        publication = session.caller.call(GET_PUBLICATION, poll).publication
        counts = publication.counts
        screen.progress(_HEADLINE, _settled(counts), counts.selected, f"{counts.published} published")
        if publication.status != "expanding" and _settled(counts) >= counts.selected:
            return counts
        time.sleep(0.3)
    raise CannotStart(
        f"Not every email was accepted within {_WAIT_SECONDS} s.",
        f"{counts.published} of {counts.selected} published, {counts.emails_sent} emails sent.",
    )


def _settled(counts: Counts) -> int:
    """Credentials for which nothing more will happen by itself."""
    given_up = counts.skipped + counts.failed + counts.cancelled + counts.not_told + counts.emails_cancelled
    return given_up + counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed


def _tell(counts: Counts, credentials: list[CredentialSummary], screen: Screen) -> None:
    screen.end_progress()
    screen.say(f"{counts.emails_sent} of {counts.selected} recipients got their email.")
    for credential in credentials:
        if credential.failure:
            screen.say(f"{credential.content.name}: {credential.failure}")
    by_mailbox = {credential.content.email: credential for credential in credentials}
    shown = by_mailbox.get("layla@example.org")
    if shown and shown.url:
        screen.line("A live credential", shown.url)
