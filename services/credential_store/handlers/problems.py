"""What did not go as it should in a publication: each with its reason, a chunk after the other."""

from conferral.contracts.errors import NotFound
from conferral.contracts.rpc import publications as contract
from conferral.contracts.rpc.publications import Problem
from services.credential_store.domain.publication import Document
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.credentials import summaries

_KINDS = {"failed": "email_failed", "unconfirmed": "email_unconfirmed", "cancelled": "email_cancelled"}
_TROUBLES = ("failed", "emails_failed", "emails_unconfirmed", "emails_cancelled")


def list_problems(context: Context, request: contract.ListProblems) -> contract.Problems:
    """Return a page of them.

    :raises NotFound: the organisation has no such publication.
    """
    publishing, scope = context.store.publishing, context.organisation
    if publishing.publications.get(scope, request.publication_id) is None:
        raise NotFound("There is no such publication.")
    chunks = sorted(publishing.chunks.of(scope, [request.publication_id]), key=lambda chunk: int(chunk["chunk"]))
    problems: list[Problem] = []
    for chunk in chunks:
        if chunk["chunk"] < request.from_chunk or not any(chunk["counts"].get(name) for name in _TROUBLES):
            continue
        if len(problems) >= request.limit:
            return contract.Problems(problems=tuple(problems), next_chunk=chunk["chunk"])
        problems += _of_chunk(context, request.publication_id, chunk)
    return contract.Problems(problems=tuple(problems), next_chunk=None)


def _of_chunk(context: Context, publication_id: str, chunk: Document) -> list[Problem]:
    publishing, scope = context.store.publishing, context.organisation
    stored = publishing.chunks.get(scope, publication_id, chunk["chunk"]) or chunk
    emails = [
        delivery
        for delivery in publishing.deliveries.of_chunk(scope, publication_id, chunk["chunk"])
        if delivery["state"] in _KINDS
    ]
    failed = stored.get("failed_ids", ())
    found = publishing.credentials.many(scope, [*failed, *(delivery["credential_id"] for delivery in emails)])
    shown = {summary.id: summary for summary in summaries(context, list(found.values()))}
    problems = [
        Problem(kind="failed", credential=one, address=one.content.email, reason=one.failure or "", attempts=0)
        for credential_id in failed
        # What was amended or published since has failed no longer.
        if (one := shown.get(credential_id)) is not None
        and one.state == "failed"
        and found[credential_id]["publication_id"] == publication_id
    ]
    return problems + [
        Problem.model_validate(
            {
                "kind": _KINDS[delivery["state"]],
                "credential": shown[delivery["credential_id"]],
                "address": delivery["to_address"],
                "reason": delivery["server"],
                "attempts": delivery["attempts"],
            }
        )
        for delivery in emails
        if delivery["credential_id"] in shown
    ]


HANDLERS: Handlers = {contract.LIST_PROBLEMS: list_problems}
