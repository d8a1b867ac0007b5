"""What a group's emails say: changed, and tried out on a recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from conferral.contracts import wording as contract
from conferral.contracts.actors import Actor
from conferral.contracts.edition import EmailOccasion
from conferral.contracts.errors import ConferralError, Conflict, NotFound
from conferral.contracts.operation import Caller
from conferral.contracts.rpc import credentials
from conferral.contracts.rpc.groups import CHANGE_WORDING, GroupAnswer
from conferral.contracts.rpc.previews import PREVIEW_EMAIL, DesignDeclaration, EmailPreview, PreviewEmail
from services.issuer_web.domain.samples import SAMPLES, content_of
from services.issuer_web.handlers.credentials import PreviewFailure, get_credential, list_credentials, page
from services.issuer_web.handlers.designs import InstalledDesigns
from services.issuer_web.handlers.groups import PLUGIN, get_group
from services.issuer_web.handlers.studio import get_design
from services.issuer_web.handlers.visitor import Visitor

MOST_RECIPIENTS = 20
SAMPLE_ID = "a" * 26


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the group in between: ``theirs`` is what is stored now."""

    theirs: GroupAnswer


def offered(plugin: DesignDeclaration) -> dict[str, contract.Placeholder]:
    """Return what can be named in the emails of a design, by folded name."""
    return contract.offered(contract.Attribute(one.key, one.label, one.type, one.public) for one in plugin.attributes)


def change_wording(visitor: Visitor, group_id: str, revision: int, wording: contract.EmailWording) -> Clash | None:
    """Store a wording, if nobody else changed the group since ``revision``."""
    try:
        visitor.ask(CHANGE_WORDING, group_id=group_id, revision=revision, wording=wording)
    except Conflict:
        return Clash(get_group(visitor, group_id))
    return None


def recipients(visitor: Visitor, group_id: str) -> Sequence[credentials.CredentialSummary]:
    """Return the group's newest credentials, to try a wording with."""
    wanted = credentials.CredentialFilter(group_id=group_id)
    return list_credentials(visitor, page(wanted, "newest", None, MOST_RECIPIENTS)).credentials


def recipient(visitor: Visitor, group_id: str, credential_id: str) -> credentials.CredentialSummary | None:
    """Return one credential of the group; None where it is none, or gone."""
    try:
        found = get_credential(visitor, credential_id)
    except NotFound:
        return None
    return found if found.group_id == group_id else None


def sample(plugin: DesignDeclaration | None, today: date) -> credentials.CredentialContent:
    """Return somebody made up, with a value for every attribute; in the group's language."""
    content = content_of(SAMPLES[1], plugin.attributes if plugin else (), today)
    return content.model_copy(update={"name": SAMPLES[0].name, "language": None})


def preview(
    caller: Caller,
    group: GroupAnswer,
    wording: contract.EmailWording,
    content: credentials.CredentialContent,
    url: str,
    occasion: EmailOccasion = "issued",
) -> EmailPreview | PreviewFailure:
    """Have the email completed as its recipient gets it, with a wording that need not be stored."""
    request = PreviewEmail(
        actor=Actor(service="issuer_web"),
        organisation_id=group.organisation.id,
        organisation=group.organisation,
        group=group.profile.model_copy(update={"wording": wording}),
        design=group.design,
        content=content,
        url=url,
        occasion=occasion,
    )
    try:
        return caller.call(PREVIEW_EMAIL, request)
    except ConferralError as error:
        return PreviewFailure(error.message)


def lacking(
    visitor: Visitor, installed: InstalledDesigns, wording: Mapping[contract.Part, str], design: str
) -> Sequence[str]:
    """Return what a wording names and a design does not have.

    :param design: a value of ``DesignChoices``.
    """
    named = frozenset[str]().union(*map(contract.names, wording.values()))
    if not named:
        return ()
    plugin_id = design.removeprefix(PLUGIN) if design.startswith(PLUGIN) else get_design(visitor, design).pin.plugin_id
    plugin = installed.by_id(plugin_id)
    known = offered(plugin) if plugin else None
    return sorted(name for name in named if known is not None and (name not in known or known[name].private))
