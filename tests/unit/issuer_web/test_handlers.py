"""The dashboard's handlers, over a store in memory that answers the contracts' own messages."""

import time
from datetime import date

import pytest

from conferral.contracts.errors import Conflict, DesignFailed, InvalidInput, NotAuthenticated, NotFound, Unavailable
from conferral.contracts.ids import is_id, new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import accounts, credentials, groups, previews, publications
from conferral.contracts.wording import EmailWording
from services.issuer_web.domain.recipients import Block, Duplicate
from services.issuer_web.domain.selection import Selection
from services.issuer_web.domain.shapes import FormAttribute, FormGroup, FormShape
from services.issuer_web.handlers import accounts as accounts_handlers
from services.issuer_web.handlers import credentials as credential_handlers
from services.issuer_web.handlers import designs, drafts
from services.issuer_web.handlers import groups as group_handlers
from services.issuer_web.handlers import publications as publication_handlers
from services.issuer_web.handlers.visitor import Visitor
from tests.support.answering import Answering, Reply
from tests.support.samples import sample

ORGANISATION = new_id()
SHAPE = FormShape(
    groups=(FormGroup(id=new_id(), name="One"),),
    today=date(2026, 11, 24),
    attributes=(FormAttribute(key="course", label="Course", type="text"),),
)
CREDENTIAL: credentials.CredentialSummary = sample(credentials.CredentialSummary)
GROUP: groups.GroupAnswer = sample(groups.GroupAnswer)
NO_COUNTS = dict.fromkeys(publications.Counts.model_fields, 0)


def visitor(replies: dict[object, Reply]) -> tuple[Visitor, Answering]:
    caller = Answering(replies)  # type: ignore[arg-type]
    return Visitor(caller, "session", ORGANISATION), caller


def block(number: int = 0, **typed: str) -> Block:
    return Block(number, {"name": "Ana", "email": "ana@example.org", "issue_date": "2026-11-24", **typed})


def created(*results: credentials.RowResult) -> credentials.CredentialsCreated:
    return credentials.CredentialsCreated(results=results, created=len([one for one in results if one.credential_id]))


def test_the_store_is_asked_in_the_visitor_s_name() -> None:
    who, caller = visitor({accounts.SIGN_OUT: Done()})
    accounts_handlers.sign_out(who)
    (asked,) = caller.asked
    assert (asked.actor.session, asked.actor.service, asked.organisation_id) == ("session", None, ORGANISATION)


def test_who_has_no_session_is_not_asked_about() -> None:
    caller = Answering({})
    with pytest.raises(NotAuthenticated):
        accounts_handlers.resume(Visitor(caller))


def test_after_an_outage_was_noticed_nothing_is_asked_twice() -> None:
    caller = Answering({})
    with pytest.raises(Unavailable, match="away"):
        Visitor(caller, failure=Unavailable("away")).ask(accounts.RESUME_SESSION)
    assert caller.asked == []


def test_what_the_contract_refuses_is_told_as_a_problem_and_not_sent() -> None:
    who, caller = visitor({})
    with pytest.raises(InvalidInput) as refused:
        who.ask(groups.GET_GROUP, group_id="no id")
    assert [path for path, _ in refused.value.problems] == ["group_id"]
    assert caller.asked == []


def test_creating_stores_all_blocks_in_one_call() -> None:
    who, caller = visitor(
        {credentials.CREATE_CREDENTIALS: created(*[credentials.RowResult(credential_id=new_id())] * 2)}
    )
    made = drafts.create(who, SHAPE, "form", [block(0), block(4, name="Ben")])
    assert isinstance(made, drafts.Created)
    (asked,) = caller.asked
    assert isinstance(asked, credentials.CreateCredentials)
    assert asked.atomic
    assert asked.asks_about_duplicates
    assert asked.batch_id == made.batch_id
    assert [row.content.name for row in asked.rows] == ["Ana", "Ben"]


def test_one_wrong_block_keeps_the_store_from_being_asked() -> None:
    who, caller = visitor({})
    blocks = [block(), block(1, name="")]
    assert isinstance(drafts.create(who, SHAPE, "form", blocks), drafts.Refused)
    assert isinstance(drafts.create(who, SHAPE, "form", []), drafts.Refused)
    assert caller.asked == []
    assert [bool(one.problems) for one in blocks] == [False, True]


def test_the_store_s_problems_stand_beside_the_fields() -> None:
    problems = (
        credentials.RowProblem(field="email", message="is not an email address."),
        credentials.RowProblem(field="attributes.course", message="is too long."),
    )
    who, _ = visitor(
        {credentials.CREATE_CREDENTIALS: created(credentials.RowResult(), credentials.RowResult(problems=problems))}
    )
    blocks = [block(), block(5)]
    assert isinstance(drafts.create(who, SHAPE, "form", blocks), drafts.Refused)
    assert blocks[0].problems == {}
    assert blocks[1].problems == {"email": "Is not an email address.", "attributes.course": "Is too long."}


def test_a_request_s_problems_stand_beside_the_fields_and_others_are_raised() -> None:
    refused = InvalidInput("wrong", [["rows.1.content.name", "is odd."]])
    who, _ = visitor({credentials.CREATE_CREDENTIALS: refused})
    blocks = [block(), block(1)]
    assert isinstance(drafts.create(who, SHAPE, "form", blocks), drafts.Refused)
    assert blocks[1].problems == {"name": "Is odd."}
    who, _ = visitor({credentials.CREATE_CREDENTIALS: InvalidInput("wrong", [["batch_id", "is odd."]])})
    with pytest.raises(InvalidInput):
        drafts.create(who, SHAPE, "form", [block()])


def test_a_block_that_nobody_touched_is_left_out_and_alone_it_is_wrong() -> None:
    who, caller = visitor({credentials.CREATE_CREDENTIALS: created(credentials.RowResult(credential_id=new_id()))})
    empty = Block(1, {"name": " ", "issue_date": "2026-11-24"})
    assert isinstance(drafts.create(who, SHAPE, "form", [block(), empty]), drafts.Created)
    (asked,) = caller.asked
    assert isinstance(asked, credentials.CreateCredentials)
    assert len(asked.rows) == 1
    assert empty.problems == {}
    assert isinstance(drafts.create(who, SHAPE, "form", [empty]), drafts.Refused)
    assert {"name", "email"} <= set(empty.problems)


def test_a_duplicate_asks_and_is_sent_again_once_it_is_accepted_for_this_address() -> None:
    problem = credentials.RowProblem(field="email", message="is there.", code="duplicate", acceptable=True)
    who, caller = visitor({credentials.CREATE_CREDENTIALS: created(credentials.RowResult(problems=(problem,)))})
    one = block()
    assert isinstance(drafts.create(who, SHAPE, "form", [one]), drafts.Refused)
    assert one.duplicates == [Duplicate("One", in_form=False, acceptable=True)]
    assert (one.asks, one.refused) == (True, False)
    one.consent = "ana@example.org"
    drafts.create(who, SHAPE, "form", [one])
    one.typed["email"] = "other@example.org"
    drafts.create(who, SHAPE, "form", [one])
    accepted = [asked.rows[0].accepts_duplicate for asked in caller.asked]  # type: ignore[attr-defined]
    assert accepted == [False, True, False]
    assert len({asked.batch_id for asked in caller.asked}) == 3  # type: ignore[attr-defined]


def test_an_address_that_the_group_refuses_twice_needs_a_correction() -> None:
    problem = credentials.RowProblem(field="email", message="is there.", code="duplicate_in_call")
    who, _ = visitor({credentials.CREATE_CREDENTIALS: created(credentials.RowResult(problems=(problem,)))})
    one = block()
    assert isinstance(drafts.create(who, SHAPE, "form", [one]), drafts.Refused)
    assert (one.asks, one.refused) == (False, True)


def test_more_credentials_than_one_form_creates_are_not_sent() -> None:
    who, caller = visitor({})
    shape = SHAPE.model_copy(update={"groups": (*SHAPE.groups, FormGroup(id=new_id(), name="Two"))})
    blocks = [Block(number, dict(block().typed), groups=[one.id for one in shape.groups]) for number in range(251)]
    refused = drafts.create(who, shape, "form", blocks)
    assert isinstance(refused, drafts.Refused)
    assert (refused.rows, refused.too_many) == (502, True)
    assert caller.asked == []


def test_a_batch_is_counted_over_all_its_pages_and_an_empty_one_is_none() -> None:
    def page(request: credentials.ListCredentials) -> credentials.Credentials:
        return credentials.Credentials(
            credentials=(CREDENTIAL,) * 200, cursor=None if request.cursor else "next", total=None
        )

    assert drafts.count_batch(visitor({credentials.LIST_CREDENTIALS: page})[0], new_id()).total == 400
    empty = credentials.Credentials(credentials=(), cursor=None, total=None)
    with pytest.raises(NotFound):
        drafts.count_batch(visitor({credentials.LIST_CREDENTIALS: empty})[0], new_id())


def test_amending_keeps_what_the_form_does_not_show() -> None:
    who, caller = visitor({credentials.AMEND_CREDENTIAL: credentials.CredentialAnswer(credential=CREDENTIAL)})
    content = CREDENTIAL.content.model_copy(
        update={"attributes": {"course": "Bees", "hidden": "kept"}, "language": "ar"}
    )
    before = CREDENTIAL.model_copy(update={"content": content})
    assert credential_handlers.amend(who, before, 3, SHAPE, block(**{"attributes.course": ""})) == CREDENTIAL
    (asked,) = caller.asked
    assert isinstance(asked, credentials.AmendCredential)
    assert (asked.revision, asked.content.language, asked.content.attributes) == (3, "ar", {"hidden": "kept"})


def test_a_wrong_amendment_is_not_sent_and_a_clash_shows_what_is_stored() -> None:
    theirs = credentials.CredentialAnswer(credential=CREDENTIAL)
    who, caller = visitor({credentials.AMEND_CREDENTIAL: Conflict("quicker"), credentials.GET_CREDENTIAL: theirs})
    assert credential_handlers.amend(who, CREDENTIAL, 3, SHAPE, block(name="")) is None
    assert caller.asked == []
    assert credential_handlers.amend(who, CREDENTIAL, 3, SHAPE, block()) == credential_handlers.Clash(theirs)


def test_deleting_tells_whether_it_was_a_draft_still() -> None:
    replies: dict[object, Reply] = {
        credentials.DELETE_CREDENTIALS: credentials.CredentialsDeleted(deleted=1),
        credentials.GET_CREDENTIAL: credentials.CredentialAnswer(credential=CREDENTIAL),
    }
    who, _ = visitor(replies)
    assert credential_handlers.delete(who, CREDENTIAL.id, 1)
    replies[credentials.DELETE_CREDENTIALS] = credentials.CredentialsDeleted(deleted=0)
    assert not credential_handlers.delete(who, CREDENTIAL.id, 1)
    replies[credentials.GET_CREDENTIAL] = NotFound("gone")
    with pytest.raises(NotFound):
        credential_handlers.delete(who, CREDENTIAL.id, 1)


def test_a_page_is_worth_showing_without_its_preview() -> None:
    caller = Answering({previews.PREVIEW_CREDENTIAL: DesignFailed("A glyph is missing.")})
    answer = credential_handlers.preview(caller, GROUP, CREDENTIAL, "https://c.example/c/x")
    assert answer == credential_handlers.PreviewFailure("A glyph is missing.")
    assert caller.asked[0].actor.service == "issuer_web"


def test_a_group_s_design_is_made_once_however_often_it_is_asked_for() -> None:
    plugin = sample(previews.DesignDeclaration).model_copy(
        update={"plugin_id": "classic", "error": None, "options": ({"key": "colour", "default": "#112233"},)}
    )
    who, caller = visitor({
        previews.LIST_INSTALLED_DESIGNS: previews.InstalledDesigns(designs=(plugin,)),
        groups.CREATE_DESIGN: sample(groups.Designs),
        groups.CREATE_GROUP: GROUP,
        groups.LIST_DESIGNS: groups.Designs(designs=()),
    })  # fmt: skip
    installed = designs.InstalledDesigns(caller)
    assert group_handlers.design_choices(who, installed).values == {"plugin:classic"}
    for _ in range(2):
        group_handlers.create_group(who, installed, new_id(), "plugin:classic", {"name": "Bees"}, EmailWording())
    made = [one for one in caller.asked if isinstance(one, groups.CreateDesign)]
    assert made[0].design_id == made[1].design_id
    assert is_id(made[0].design_id)
    assert made[0].options == {"colour": "#112233"}
    used = [one.content.design_id for one in caller.asked if isinstance(one, groups.CreateGroup)]
    assert used == [made[0].design_id] * 2
    with pytest.raises(NotFound):
        group_handlers.create_group(who, installed, new_id(), "plugin:gone", {"name": "Bees"}, EmailWording())


def test_designs_that_were_heard_of_are_used_while_the_publisher_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    good = sample(previews.DesignDeclaration).model_copy(update={"plugin_id": "good", "error": None})
    broken = good.model_copy(update={"plugin_id": "broken", "error": "would not load"})
    replies: dict[object, Reply] = {previews.LIST_INSTALLED_DESIGNS: Unavailable("away")}
    caller = Answering(replies)  # type: ignore[arg-type]
    installed = designs.InstalledDesigns(caller)
    with pytest.raises(Unavailable):
        installed.usable()
    assert group_handlers.declaration(installed, GROUP) is None
    replies[previews.LIST_INSTALLED_DESIGNS] = previews.InstalledDesigns(designs=(good, broken))
    assert [one.plugin_id for one in installed.usable()] == ["good"]
    asked = len(caller.asked)
    installed.usable()
    assert len(caller.asked) == asked, "remembered for a minute"
    later = time.monotonic() + designs.FRESH + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    replies[previews.LIST_INSTALLED_DESIGNS] = Unavailable("away")
    assert [one.plugin_id for one in installed.usable()] == ["good"]
    assert installed.by_id("broken") is None


def test_the_dialog_names_a_few_groups_and_counts_the_others() -> None:
    who, caller = visitor({groups.GET_GROUP: GROUP})
    ids = tuple(new_id() for _ in range(8))
    told = publication_handlers.prepare(who, new_id(), Selection(groups=ids))
    assert len(told.group_names) == 5
    assert told.unnamed_groups == 3
    assert len(caller.asked) == 5
    assert told.sender_address == GROUP.organisation.sender_address


@pytest.mark.parametrize(
    ("counts", "progress", "awaiting"),
    [
        ({"selected": 4, "queued": 4}, 0, 0),
        ({"selected": 4, "queued": 2, "published": 2}, 2, 2),
        ({"selected": 4, "published": 4, "emails_sent": 2}, 6, 2),
        ({"selected": 4, "published": 4, "emails_sent": 2, "emails_failed": 1, "emails_unconfirmed": 1}, 8, 0),
        ({"selected": 4, "published": 1, "emails_sent": 1, "failed": 1, "skipped": 2}, 8, 0),
        ({"selected": 4, "skipped": 4}, 8, 0),
    ],
)
def test_progress_ends_at_two_steps_for_each_selected_credential(
    counts: dict[str, int], progress: int, awaiting: int
) -> None:
    told = publications.Counts(**{**NO_COUNTS, **counts})
    assert publication_handlers.progress(told) == progress
    assert publication_handlers.awaiting_email(told) == awaiting
    summary = sample(publications.PublicationSummary).model_copy(update={"counts": told, "status": "finished"})
    assert publication_handlers.is_moving(summary) is (awaiting > 0)
    assert publication_handlers.is_moving(summary.model_copy(update={"status": "expanding"}))
