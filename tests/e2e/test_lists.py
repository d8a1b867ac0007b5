"""Lists in a browser: filters in the address, saved filters, all that match, deleting, the CSV file."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts, credentials, groups, previews
from conferral.runtime.rpc_client import RpcClient

COUNT = 130
FORMULA = '=HYPERLINK("http://example.org","x")'


@pytest.fixture(scope="module")
def group(system: dict[str, Any]) -> str:
    """A group of its own with 130 drafts; returns its name."""
    caller = RpcClient(system["amqp_uri"])
    try:
        request = accounts.SignIn(
            actor=Actor(service="admin"), email=system["email"], password=system["password"], client_address="127.0.0.1"
        )
        actor = Actor(session=caller.call(accounts.SIGN_IN, request).session)
        (member, *_) = caller.call(accounts.RESUME_SESSION, accounts.ResumeSession(actor=actor)).memberships
        scope: dict[str, Any] = {"actor": actor, "organisation_id": member.organisation_id}
        ask = previews.ListInstalledDesigns(actor=Actor(service="admin"))
        plugins = caller.call(previews.LIST_INSTALLED_DESIGNS, ask).designs
        classic = next(plugin for plugin in plugins if plugin.plugin_id == "classic")
        design_id, group_id, name = new_id(), new_id(), f"Köçek & Søn {new_id()[:6]}"
        design = {"name": name, "plugin_id": "classic", "plugin_version": classic.plugin_version, "options": {}}
        caller.call(groups.CREATE_DESIGN, groups.CreateDesign(**scope, design_id=design_id, **design))
        content = groups.GroupContent(name=name, design_id=design_id)
        caller.call(groups.CREATE_GROUP, groups.CreateGroup(**scope, group_id=group_id, content=content))
        rows = tuple(
            credentials.CredentialRow(
                group_id=group_id,
                content=credentials.CredentialContent(
                    name=FORMULA if number == 0 else f"Person Number {number}",
                    email=f"person{number}@example.org",
                    issue_date=date(2026, 3, 1) + timedelta(days=number // 65),
                    attributes={"note": "-1+1"} if number == 1 else {},
                ),
            )
            for number in range(COUNT)
        )
        create = credentials.CreateCredentials(**scope, batch_id=new_id(), rows=rows)
        caller.call(credentials.CREATE_CREDENTIALS, create, timeout=30)
        return name
    finally:
        caller.close()


def overview(page: Page, group: str) -> None:
    """Filter the Credentials Overview by the group."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Credentials").click()
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Group", exact=True).select_option(label=group)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-total]")).to_contain_text("1–50 of")


def test_the_csv_file_holds_every_credential_of_the_filter_and_no_formula(
    signed_in: Page, group: str, tmp_path: Path
) -> None:
    overview(signed_in, group)
    with signed_in.expect_download() as waiting:
        signed_in.get_by_role("link", name="Download as CSV").click()
    assert re.fullmatch(r"Köçek-Søn-\w{6}-\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    path = tmp_path / "list.csv"
    waiting.value.save_as(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == COUNT
    assert len({row["ID"] for row in rows}) == COUNT
    assert rows[0]["Recipient Name"] == f"'{FORMULA}"
    assert rows[1]["note"] == "'-1+1"
    assert {row["Status"] for row in rows} == {"Unpublished"}


def test_filters_live_in_the_address_and_are_kept_under_a_name(signed_in: Page, group: str) -> None:
    page = signed_in
    overview(page, group)
    page.get_by_label("Issued from").fill("2026-03-02")
    page.get_by_label("Issued to").fill("2026-03-02")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-total]")).to_contain_text("1–50 of 65")
    assert "from=2026-03-02" in page.url
    assert "search=" not in page.url
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-total]")).to_contain_text("51–65 of 65")
    page.get_by_text("Save this filter").click()
    page.get_by_label("Name of the filter").fill("  ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#filter-name-wrong")).to_contain_text("Is missing")
    page.get_by_label("Name of the filter").fill("Second of March")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("link", name="Second of March").click()
    expect(page.locator("[data-total]")).to_contain_text("1–50 of 65")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Delete the saved filter Second of March").click()
    expect(page.get_by_role("link", name="Second of March")).to_have_count(0)


def test_deleting_ticked_drafts_names_how_many(signed_in: Page, group: str) -> None:
    page = signed_in
    overview(page, group)
    page.get_by_label("Search by name, email or ID").fill("person129")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("checkbox", name="Tick Person Number 129").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Delete 1 unpublished credential?")
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(page.locator("h1")).to_have_text("1 credential was deleted")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("heading", name="No credential matches")).to_be_visible()


def test_from_a_list_one_turns_from_credential_to_credential_and_publish_waits_for_what_is_unsaved(
    signed_in: Page, group: str
) -> None:
    overview(signed_in, group)
    names = signed_in.locator("td.who").all_inner_texts()
    signed_in.get_by_role("link", name=names[0], exact=True).click()
    signed_in.get_by_role("link", name="Next").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text(names[1])
    expect(signed_in.locator("[data-turn]")).to_contain_text("2 of 50")
    signed_in.get_by_label("Recipient Name").fill("Amended Person")

    signed_in.get_by_role("button", name="Publish").click()

    expect(signed_in.get_by_role("alert")).to_contain_text("Save your changes first.")
    expect(signed_in.get_by_role("dialog")).to_have_count(0)
    expect(signed_in.get_by_role("button", name="Save")).to_be_focused()
    asked: list[str] = []
    signed_in.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    signed_in.get_by_role("link", name="Previous").click()
    expect(signed_in.get_by_label("Recipient Name")).to_have_value("Amended Person")
    assert asked == ["beforeunload"]
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Amended Person")
    signed_in.get_by_role("button", name="Publish").click()
    expect(signed_in.get_by_role("dialog")).to_be_visible()


def test_all_that_match_are_named_exactly_and_published(signed_in: Page, group: str) -> None:
    page = signed_in
    overview(page, group)
    expect(page.get_by_label(re.compile("Select all"))).to_be_hidden()
    page.get_by_label("Tick all on this page").check()
    page.get_by_label("Select all 129 that match").check()
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Publish 129 credentials?")
    expect(dialog).to_contain_text(group)
    dialog.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))
    expect(page.locator("[data-count=published]")).to_have_text("129", timeout=60_000)
    overview(page, group)
    page.get_by_label("Status").select_option(label="Published")
    expect(page.locator("[data-total]")).to_contain_text("1–50 of 129")
