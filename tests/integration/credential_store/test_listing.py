"""Lists on the real store: what an index finds is what a scan of everything finds."""

from datetime import date, timedelta
from itertools import product

import pytest

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials as contract
from conferral.contracts.rpc import groups
from services.credential_store.domain import listing, search
from services.credential_store.handlers import listing as handler
from tests.integration.credential_store.conftest import Member

DAY = date(2026, 1, 1)


@pytest.fixture
def filled(member: Member) -> Member:
    """Twelve hundred credentials of two groups, in all states, and as many again of somebody else."""
    other = member.store.organisation("Other")
    second = new_id()
    member.ask(groups.CREATE_GROUP, group_id=second, content=groups.GroupContent(name="B", design_id=member.design_id))
    for part in range(3):
        for one, group_ids in ((member, (member.group_id, second)), (other, (other.group_id,))):
            rows = tuple(
                one.row(
                    f"{('Ana', 'ana', 'Ben', 'Łucja', '王小明')[number % 5]} {number % 40}",
                    email=f"person{number % 100}@mail.example",
                    issue_date=DAY + timedelta(days=number % 30),
                ).model_copy(update={"group_id": group_ids[number % len(group_ids)]})
                for number in range(400)
            )
            one.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), part=part, rows=rows)
    rows = member.store.database.collection("credentials")
    owner = {"organisation_id": member.organisation_id}
    for number, row in enumerate(list(rows.find(owner))):
        changes = {"incomplete": number % 7 == 0}
        if number % 3 == 0:
            changes |= {"state": "published", "delivery_state": ("sent", "failed", "unconfirmed")[number // 3 % 3]}
        rows.update_one({"_id": row["_id"], **owner}, {"$set": changes})
    member.asked = [second]
    return member


def everything(member, **fields):
    """All pages of a list."""
    found, cursor = [], None
    while True:
        answer = member.ask(contract.LIST_CREDENTIALS, cursor=cursor, limit=200, **fields)
        found += [one.id for one in answer.credentials]
        cursor = answer.cursor
        if cursor is None:
            return found, answer


def expected(rows, sort, **fields):
    """The same from documents that a scan found, by Python alone."""
    wanted = contract.CredentialFilter(**fields)
    key, direction = listing.SORTS[listing.effective_sort(wanted, sort)]
    words = search.words(wanted.search)

    def matches(row):
        day = date.fromisoformat(row["content"]["issue_date"])
        return (
            all(row[name] == fields[name] for name in ("group_id", "state", "delivery_state") if fields.get(name))
            and (not wanted.incomplete or (row["incomplete"] and row["state"] == "draft"))
            and (wanted.issued_from is None or day >= wanted.issued_from)
            and (wanted.issued_to is None or day <= wanted.issued_to)
            and all(any(token.startswith(word) for token in row["search"]) for word in words)
        )

    return [row["_id"] for row in sorted(filter(matches, rows), key=lambda row: row[key], reverse=direction < 0)]


COMBINATIONS = list(
    product(
        ({}, {"group_id": "second"}),
        ({}, {"state": "draft"}, {"state": "published"}, {"incomplete": True}, {"delivery_state": "failed"}),
        ({}, {"issued_from": DAY + timedelta(days=3), "issued_to": DAY + timedelta(days=3)}, {"issued_to": DAY}),
        ({}, {"search": "ana"}, {"search": "łucja person1"}),
    )
)


def test_every_list_is_what_a_scan_of_everything_gives(filled):
    rows = filled.store.database.collection("credentials")
    scanned = list(rows.find({"organisation_id": filled.organisation_id}).hint([("$natural", 1)]))
    assert len(scanned) == 1200
    for number, parts in enumerate(COMBINATIONS):
        fields = {key: value for part in parts for key, value in part.items()}
        if "group_id" in fields:
            fields["group_id"] = filled.asked[0]
        sort = list(listing.SORTS)[number % len(listing.SORTS)]
        right = expected(scanned, sort, **fields)
        found, answer = everything(filled, sort=sort, **fields)
        assert found == right, (sort, fields)
        assert (answer.total, answer.more, answer.partial) == (len(right), False, False), (sort, fields)


def test_each_order_goes_both_ways_page_by_page(filled):
    rows = list(filled.store.database.collection("credentials").find({"organisation_id": filled.organisation_id}))
    for sort in listing.SORTS:
        found, _ = everything(filled, sort=sort)
        assert found == expected(rows, sort), sort


def test_what_is_remembered_of_a_list_never_hides_what_is_new_or_shows_what_is_gone(member):
    """The first page is read again and again while its neighbourhood changes."""
    ids = member.create(*[f"Person {number:02}" for number in range(30)])
    for sort in ("newest", "name", "-name", "-issue_date", "oldest"):
        for _ in range(2):
            assert len(member.ask(contract.LIST_CREDENTIALS, sort=sort, limit=5).credentials) == 5
    member.ask(contract.DELETE_CREDENTIALS, credentials=tuple((one, 1) for one in ids[:4]))
    (new,) = member.create("Person 00")
    listed = {sort: member.ask(contract.LIST_CREDENTIALS, sort=sort, limit=5) for sort in ("newest", "name", "oldest")}
    found = {sort: [one.id for one in answer.credentials] for sort, answer in listed.items()}
    assert found["newest"] == [new, *ids[4:8]]
    assert found["name"] == [new, *ids[4:8]]
    assert found["oldest"] == list(reversed(ids))[:5]


def test_where_no_range_is_narrow_enough_looking_stops_and_goes_on(filled, monkeypatch):
    """With 10,000 taken for 100: the walk in pieces finds what looking at everything finds."""
    monkeypatch.setattr(handler, "MOST_COUNTED", 100)
    rows = list(filled.store.database.collection("credentials").find({"organisation_id": filled.organisation_id}))
    for sort, fields in [
        ("newest", {"search": "mail", "state": "draft"}),
        ("name", {"delivery_state": "failed"}),
        ("-issue_date", {"search": "person", "state": "published"}),
        ("oldest", {"search": "ana"}),
    ]:
        found, answer = everything(filled, sort=sort, **fields)
        assert found == expected(rows, sort, **fields), (sort, fields)
        assert answer.total is None
    first = filled.ask(contract.LIST_CREDENTIALS, delivery_state="failed", sort="name", limit=200)
    assert first.partial
    assert 0 < len(first.credentials) < 100
    assert filled.ask(contract.LIST_CREDENTIALS, state="draft").more
