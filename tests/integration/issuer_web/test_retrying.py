"""Retry on a publication's page names all that failed in it."""

import lxml.html
import pytest

from tests.support.dashboards import Browser, form_on
from tests.support.installations import Tenant

RETRY = "/retry"


@pytest.fixture
def publication(tenant: Tenant) -> str:
    """Two hundred and five credentials in three chunks, all of which failed but the last five."""
    world = tenant.world
    publication_id = world.publish(world.create(205))
    while world.expand():
        pass
    for stored in world.rows("publication_chunks", publication_id=publication_id):
        chunk = world.load(publication_id, stored["chunk"])
        world.record(chunk, [item.credential_id for item in chunk.items] if stored["size"] == 100 else ())
    return publication_id


def test_the_dialog_names_all_of_them_and_then_says_that_nothing_is_left(
    owner: Browser, tenant: Tenant, publication: str
) -> None:
    path = f"/o/{tenant.id}/publications/{publication}"
    first = owner.get(path)
    rows = lxml.html.fromstring(first.text).xpath("//section//tbody/tr")
    assert len(rows) == 100, "the list has a second page"
    dialog = owner.submit(form_on(first, RETRY))
    assert "200 credentials" in dialog.text
    started = owner.submit(form_on(dialog, f"/o/{tenant.id}/publications"))
    assert started.status_code == 303
    assert tenant.world.expand()
    assert "Retry" not in owner.get(path).text
    nothing = owner.submit(form_on(first, RETRY))  # a colleague's page from before
    assert "Nothing is left to retry" in nothing.text
