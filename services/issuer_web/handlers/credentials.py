"""Lists of credentials, one credential, its preview."""

from dataclasses import dataclass

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError, Conflict, InvalidInput
from conferral.contracts.operation import Caller
from conferral.contracts.rpc import credentials, emails
from conferral.contracts.rpc.groups import GroupAnswer
from conferral.contracts.rpc.previews import PREVIEW_CREDENTIAL, Preview, PreviewCredential
from services.issuer_web.domain.recipients import ATTRIBUTES, Block, check, for_group
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.handlers.drafts import sentence
from services.issuer_web.handlers.visitor import Question, Visitor


@dataclass(frozen=True)
class PreviewFailure:
    """Why there is no preview."""

    reason: str


def page(wanted: credentials.CredentialFilter, sort: credentials.Sort, cursor: str | None, limit: int) -> Question:
    """Return the question for a page of a list."""
    fields = {name: getattr(wanted, name) for name in credentials.CredentialFilter.model_fields}
    return Question(credentials.LIST_CREDENTIALS, {**fields, "sort": sort, "cursor": cursor, "limit": limit})


def list_credentials(visitor: Visitor, asked: Question) -> credentials.Credentials:
    """Return a page."""
    return visitor.ask(credentials.LIST_CREDENTIALS, **asked.fields, timeout=10.0)


def get_credential(visitor: Visitor, credential_id: str) -> credentials.CredentialSummary:
    """Return one credential.

    :raises NotFound: unknown, or another organisation's.
    """
    return visitor.ask(credentials.GET_CREDENTIAL, credential_id=credential_id).credential


def get_answer(visitor: Visitor, credential_id: str) -> credentials.CredentialAnswer:
    """Return one credential and, where a new version of it is in the making, the one that is live.

    :raises NotFound: unknown, or another organisation's.
    """
    return visitor.ask(credentials.GET_CREDENTIAL, credential_id=credential_id)


def discard_version(visitor: Visitor, credential_id: str, revision: int) -> bool:
    """Give up a published credential's new version; tell whether it was there, and as it was seen."""
    try:
        visitor.ask(credentials.DISCARD_VERSION, credential_id=credential_id, revision=revision)
    except Conflict:
        return False
    return True


def list_emails(visitor: Visitor, credential_id: str) -> emails.Emails:
    """Return a credential's emails, newest first."""
    return visitor.ask(emails.LIST_EMAILS, credential_id=credential_id)


def resend_email(visitor: Visitor, credential_id: str, after: int) -> None:
    """Send one more email, unless somebody did since the one that was seen last.

    :raises Conflict: it must not be sent; the message says why.
    """
    visitor.ask(emails.RESEND_EMAIL, credential_id=credential_id, after=after)


def preview(
    caller: Caller, group: GroupAnswer, credential: credentials.CredentialSummary, url: str
) -> Preview | PreviewFailure:
    """Have the credential drawn as its recipient will see it. The page is worth showing without it."""
    request = PreviewCredential(
        actor=Actor(service="issuer_web"),
        organisation_id=group.organisation.id,
        organisation=group.organisation,
        group=group.profile,
        design=group.design,
        content=credential.content,
        url=url,
    )
    try:
        return caller.call(PREVIEW_CREDENTIAL, request)
    except ConferralError as error:
        return PreviewFailure(error.message)


def block_of(content: credentials.CredentialContent) -> Block:
    """Return a credential's values as the form shows them."""
    typed = {"name": content.name, "email": content.email, "issue_date": content.issue_date.isoformat()}
    if content.expiry_date:
        typed["expiry_date"] = content.expiry_date.isoformat()
    if content.language:
        typed["language"] = content.language
    return Block(0, typed | {ATTRIBUTES + key: value for key, value in content.attributes.items()})


@dataclass(frozen=True)
class Clash:
    """Somebody else amended the credential in between: ``theirs`` is what is stored now."""

    theirs: credentials.CredentialAnswer


def amend(
    visitor: Visitor, credential: credentials.CredentialSummary, revision: int, shape: FormShape, block: Block
) -> credentials.CredentialSummary | Clash | None:
    """Store what was typed, if nobody else did in between.

    :returns: None when something is wrong; the block then says what.
    """
    content = check(block, shape)
    if content is None:
        return None
    content = for_group(content, shape, credential.group_id)
    # What this form does not show stays as it is.
    kept = {key: value for key, value in credential.content.attributes.items() if ATTRIBUTES + key not in block.typed}
    language = content.language if "language" in block.typed else credential.content.language
    content = content.model_copy(update={"attributes": {**kept, **content.attributes}, "language": language})
    try:
        answer = visitor.ask(
            credentials.AMEND_CREDENTIAL, credential_id=credential.id, revision=revision, content=content
        )
    except Conflict:
        return Clash(get_answer(visitor, credential.id))
    except InvalidInput as error:
        block.problems = {path.removeprefix("content."): sentence(text) for path, text in error.problems}
        if not block.problems:
            raise
        return None
    return answer.credential


def delete(visitor: Visitor, credential_id: str, revision: int) -> bool:
    """Delete a draft; tell whether it was one still.

    :raises NotFound: unknown, deleted already, or another organisation's.
    """
    answer = visitor.ask(credentials.DELETE_CREDENTIALS, credentials=((credential_id, revision),))
    if answer.deleted:
        return True
    get_credential(visitor, credential_id)
    return False
