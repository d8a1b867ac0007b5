import pytest

from conferral.cli.dashboard_visitor import DashboardRefused, Form, Page

ADDRESS = "http://127.0.0.1:20000/o/abc/groups?page=2"
PAGE = """<!doctype html><html><body>
<form method="post" action="/sign-out"><input type="hidden" name="csrf_token" value="tied">
<button>Sign Out</button></form>
<a href="new">  Create
  Group </a>
<form method="post"><input type="hidden" name="csrf_token" value="tied"><input type="hidden" name="group_id" value="g1">
<input name="name" value=""><select name="design">
<option value="plugin:x">Plain</option><optgroup><option value="d2" selected>Classic</option>
</optgroup></select><input type="checkbox" name="ticked" value="yes">
<template><input name="name" value="of the pattern"></template>
<p class="wrong">Give the group
a name.</p><button name="action" value="add">Add</button><button>Create</button></form>
<table><tbody><tr><td><input type="checkbox" value="tick:1"></td><td><a href="/c/1">1</a></td><td>Ada</td></tr>
<tr><td></td><td><a href="/c/2">2</a></td><td>Failed
<span class="small reason">No font.</span></td></tr></tbody></table>
</body></html>"""


@pytest.fixture
def page() -> Page:
    return Page(ADDRESS, PAGE.encode())


def test_a_path_is_without_the_servers_address(page: Page) -> None:
    assert page.path == "/o/abc/groups?page=2"


def test_a_link_is_found_by_its_text(page: Page) -> None:
    assert page.link("Create Group") == "http://127.0.0.1:20000/o/abc/new"
    with pytest.raises(DashboardRefused, match="Delete"):
        page.link("Delete")


def test_a_form_is_found_by_its_button_and_holds_what_a_browser_would_send(page: Page) -> None:
    form = page.form("Create")
    assert form.action == page.path
    assert form.values == [("group_id", "g1"), ("name", ""), ("design", "d2")]
    assert page.form("Sign Out").action == "/sign-out"
    assert page.token == "tied"


def test_a_form_without_the_button_says_what_the_page_complains_of(page: Page) -> None:
    with pytest.raises(DashboardRefused, match=r"Publish[\s\S]*Give the group a name\."):
        page.form("Publish")


def test_only_fields_that_are_there_can_be_filled(page: Page) -> None:
    filled = page.form("Create").filled({"name": "Ada", "design": page.option("design", "Plain")})
    assert filled == Form(page.path, [("group_id", "g1"), ("name", "Ada"), ("design", "plugin:x")])
    with pytest.raises(DashboardRefused, match="language"):
        filled.filled({"language": "en"})
    with pytest.raises(DashboardRefused, match="Fancy"):
        page.option("design", "Fancy")


def test_rows_have_their_tick_and_their_reason(page: Page) -> None:
    ada, failed = page.rows()
    assert (ada.path, ada.tick, ada.reason) == ("/c/1", "tick:1", "")
    assert (failed.path, failed.tick, failed.reason) == ("/c/2", None, "No font.")
