"""More groups than the pop-up lists: the search finds the others, and what was chosen stays."""

from typing import Any

import lxml.html
import pytest
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from tests.support.dashboards import Browser
from tests.support.installations import Tenant

LISTED = 200


@pytest.fixture
def oldest(tenant: Tenant) -> list[str]:
    """Two hundred and five groups more; the ids of the five oldest of them."""
    world = tenant.world
    (first,) = world.rows("groups", _id=tenant.group_id)
    ids = [new_id() for _ in range(LISTED + 5)]

    def work(session: Any, part: list[int]) -> None:
        for number in part:
            name = f"Volunteers {number}"
            group = {**first, "_id": ids[number], "order": f"{number:012x}000{ids[number]}"}
            group |= {"content": {**first["content"], "name": name}, "search": ["volunteers", str(number)]}
            world.application.store.groups.add(world.context.organisation, group, session=session)

    for start in range(0, len(ids), 100):
        part = list(range(start, min(start + 100, len(ids))))
        world.application.store.transaction(lambda session, part=part: work(session, part))
    return ids[:5]


def offered(answer: TestResponse) -> list[str]:
    page = lxml.html.fromstring(answer.text)
    return [label.text_content().strip() for label in page.xpath("//fieldset[contains(@class, 'several')]//label")]


def ticked(answer: TestResponse) -> list[str]:
    return lxml.html.fromstring(answer.text).xpath("//input[@name='group' and @checked]/@value")


def test_a_search_finds_what_the_list_has_no_room_for(owner: Browser, tenant: Tenant, oldest: list[str]) -> None:
    path = f"/o/{tenant.id}/create-credentials/choose"
    listed = owner.get(path)
    assert len(offered(listed)) == LISTED
    assert "Volunteers 3" not in offered(listed)
    assert "200 newest groups. The search finds the others." in listed.text

    found = owner.get(f"{path}?search=volunteers+3&group={oldest[4]}")
    assert "Volunteers 3" in offered(found)
    assert "Volunteers 21" not in offered(found)
    assert ticked(found) == [oldest[4]], "what was ticked stays"

    none = owner.get(f"{path}?search=zzz")
    assert "No group of this name." in none.text
    assert "There is no group yet" not in none.text


def test_the_filter_by_group_keeps_a_group_that_it_has_no_room_for(
    owner: Browser, tenant: Tenant, oldest: list[str]
) -> None:
    page = lxml.html.fromstring(owner.get(f"/o/{tenant.id}/credentials?group={oldest[0]}").text)
    (chosen,) = page.xpath("//select[@name='group']/option[@selected]")
    assert (chosen.get("value"), chosen.text) == (oldest[0], "Volunteers 0")
