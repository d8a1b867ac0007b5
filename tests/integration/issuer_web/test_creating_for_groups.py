"""Create Credentials for several groups, and what happens to an address that is there already. Without scripts."""

from datetime import date

import lxml.html
import pytest
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import groups as contract
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Tenant

ANA = {"rows__0__name": "Ana Example", "rows__0__email": "ana@example.org"}


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/o/{tenant.id}"


@pytest.fixture
def second(tenant: Tenant) -> str:
    """A group of the minimal design, which asks for a grade only."""
    design_id, group_id = new_id(), new_id()
    tenant.ask(
        contract.CREATE_DESIGN,
        design_id=design_id,
        name="Minimal",
        plugin_id="minimal",
        plugin_version="1.0.0",
        options={},
    )
    content = contract.GroupContent(name="Volunteer <First> Responder", design_id=design_id)
    tenant.ask(contract.CREATE_GROUP, group_id=group_id, content=content)
    return group_id


@pytest.fixture
def form(owner: Browser, home: str, tenant: Tenant, second: str) -> Form:
    return owner.form(f"{home}/create-credentials?group={tenant.group_id}&group={second}", "/create-credentials")


def alerts(answer: TestResponse) -> str:
    return " ".join(lxml.html.fromstring(answer.text).xpath("//*[@role='alert']//text()"))


def text_of(answer: TestResponse) -> str:
    return " ".join(lxml.html.fromstring(answer.text).text_content().split())


def rows(tenant: Tenant) -> list[tuple[str, str, dict[str, str]]]:
    found = tenant.world.rows("credentials")
    return sorted((row["group_id"], row["content"]["name"], row["content"]["attributes"]) for row in found)


def test_a_recipient_gets_a_credential_in_each_group_with_that_group_s_attributes(
    owner: Browser, form: Form, tenant: Tenant, second: str
) -> None:
    filled = form.filled(**ANA, rows__0__attributes__grade="A", rows__0__attributes__course="Bees")
    created = owner.submit(filled)
    assert created.status_code == 303
    expected = [
        (tenant.group_id, "Ana Example", {"grade": "A", "course": "Bees"}),
        (second, "Ana Example", {"grade": "A"}),
    ]
    assert rows(tenant) == sorted(expected)
    page = owner.get(created.location)
    assert "2 credentials were created" in page.text
    assert "1 Volunteer <First> Responder" in text_of(page)
    assert owner.submit(filled).location == created.location
    assert len(rows(tenant)) == 2


def test_each_attribute_says_which_groups_it_is_for(owner: Browser, home: str, tenant: Tenant, second: str) -> None:
    page = owner.get(f"{home}/create-credentials?group={tenant.group_id}&group={second}")
    tree = lxml.html.fromstring(page.text)
    hints = {
        name: tree.get_element_by_id(f"rows-0-attributes-{name}-hint").text_content() for name in ("grade", "course")
    }
    assert hints["grade"] == "For all chosen groups."
    assert hints["course"].startswith("Only for Chemistry 101.")


def test_a_block_is_for_the_groups_that_are_ticked_in_it(
    owner: Browser, form: Form, tenant: Tenant, second: str
) -> None:
    only = Form(form.action, [pair for pair in form.filled(**ANA).fields if pair != ("rows-0-groups", tenant.group_id)])
    assert owner.submit(only).status_code == 303
    assert [row[0] for row in rows(tenant)] == [second]
    none = only.without("rows-0-groups").filled(rows__0__email="other@example.org")
    answer = owner.submit(none)
    assert answer.status_code == 400
    assert "Tick at least one group." in answer.text
    assert len(rows(tenant)) == 1


def test_a_form_is_taken_for_its_own_groups_only(owner: Browser, form: Form, home: str, tenant: Tenant) -> None:
    elsewhere = Form(f"{home}/groups/{tenant.group_id}/create-credentials", form.filled(**ANA).fields)
    assert owner.submit(elsewhere).status_code == 404
    assert rows(tenant) == []


def test_the_choice_leads_to_the_form_and_says_what_it_needs(
    owner: Browser, home: str, tenant: Tenant, second: str
) -> None:
    path = f"{home}/create-credentials"
    page = owner.get(f"{path}/choose")
    assert page.text.count("Volunteer &lt;First&gt; Responder") >= 2
    nothing = owner.get(f"{path}?kind=single&group={second}")
    assert nothing.status_code == 400
    assert "Choose a group first." in alerts(nothing)
    single = owner.get(f"{path}?kind=single&single={second}&group={tenant.group_id}")
    assert single.location.endswith(f"{home}/groups/{second}/create-credentials")
    several = owner.get(f"{path}?kind=several&single={second}&group={tenant.group_id}&group={second}")
    assert owner.get(several.location).status_code == 200
    many = "&".join(f"group={new_id()}" for _ in range(21))
    assert "One form takes at most 20 groups." in alerts(owner.get(f"{path}?kind=several&{many}"))
    assert owner.get(f"{path}?group={new_id()}&group={second}").status_code == 404


def test_groups_are_searched_by_name_without_scripts(owner: Browser, home: str, second: str) -> None:
    found = owner.get(f"{home}/create-credentials/choose?search=first+VOLUNT")
    assert second in found.text
    assert "Chemistry 101" not in found.text
    assert "No group of this name." in text_of(owner.get(f"{home}/create-credentials/choose?search=zzz"))


def test_an_untouched_block_is_no_mistake_and_makes_nothing(owner: Browser, form: Form, tenant: Tenant) -> None:
    two = form_on(owner.submit(form.filled(**ANA).with_field("action", "add")), "/create-credentials")
    assert owner.submit(two).status_code == 303
    assert len(rows(tenant)) == 2


def test_a_removed_block_can_be_taken_back(owner: Browser, form: Form, tenant: Tenant) -> None:
    gone = owner.submit(form.filled(**ANA).with_field("action", "remove-0"))
    assert "Recipient 1 was removed." in text_of(gone)
    back = form_on(
        owner.submit(form_on(gone, "/create-credentials").with_field("action", "undo")), "/create-credentials"
    )
    assert back.value("rows-0-name") == "Ana Example"
    assert rows(tenant) == []


def test_a_slip_in_an_address_is_pointed_out_and_taken_back_by_its_button(
    owner: Browser, form: Form, tenant: Tenant
) -> None:
    typed = form.filled(rows__0__name="Ana", rows__0__email="ana@gmail.con")
    again = owner.submit(typed.with_field("action", "add"))
    assert "Did you mean ana@gmail.com ?" in text_of(again).replace("com?", "com ?")
    taken = owner.submit(form_on(again, "/create-credentials").with_field("action", "suggest-0"))
    assert form_on(taken, "/create-credentials").value("rows-0-email") == "ana@gmail.com"
    assert owner.submit(typed).status_code == 303, "a hint refuses nothing"
    assert len(rows(tenant)) == 2


def test_the_suggestion_is_asked_for_by_domain_alone(owner: Browser, home: str) -> None:
    assert owner.get(f"{home}/domain-suggestion.json?domain=gmail.con").json == {"domain": "gmail.com"}
    assert owner.get(f"{home}/domain-suggestion.json?domain=example.org").json == {"domain": None}


def test_show_all_attributes_is_remembered_for_the_next_form(
    owner: Browser, form: Form, home: str, tenant: Tenant
) -> None:
    path = f"{home}/groups/{tenant.group_id}/create-credentials"
    assert ("show_all", "on") not in owner.form(path).fields
    assert owner.submit(form.filled(**ANA).with_field("show_all", "on")).status_code == 303
    assert ("show_all", "on") in owner.form(path).fields


def test_a_warning_comes_once_and_the_tick_is_for_the_address_that_was_asked_about(
    owner: Browser, home: str, tenant: Tenant
) -> None:
    tenant.draft("Ana Before", email="ANA@example.org")
    path = f"{home}/groups/{tenant.group_id}/create-credentials"
    warned = owner.submit(owner.form(path).filled(**ANA))
    assert warned.status_code == 400
    assert "1 recipient is here already." in alerts(warned)
    assert "This address has a credential already in Chemistry 101." in text_of(warned)
    assert tenant.names() == ["Ana Before"]
    asked = form_on(warned, path)
    assert asked.value("rows-0-name") == "Ana Example"
    tenant.draft("Ben Before", email="ben@example.org")
    other = asked.filled(rows__0__email="ben@example.org").with_field("rows-0-anyway", "ana@example.org")
    assert owner.submit(other).status_code == 400, "consent for one address is none for another"
    assert owner.submit(asked.with_field("rows-0-anyway", "ana@example.org")).status_code == 303
    assert tenant.names() == ["Ana Before", "Ana Example", "Ben Before"]


def test_all_warnings_can_be_accepted_together(owner: Browser, form: Form, tenant: Tenant) -> None:
    two = form_on(owner.submit(form.filled(**ANA).with_field("action", "add")), "/create-credentials")
    both = two.filled(rows__1__name="Ana Again", rows__1__email="ana@example.org")
    tenant.draft("Ana Before", email="ana@example.org")
    warned = owner.submit(both)
    assert "2 recipients are here already." in alerts(warned)
    assert "Another recipient in this form has this address." in text_of(warned)
    again = form_on(warned, "/create-credentials").with_field("anyway_all", "on")
    assert owner.submit(again).status_code == 303
    assert len(rows(tenant)) == 5


def test_a_group_that_refuses_says_so_beside_the_field(owner: Browser, home: str, tenant: Tenant) -> None:
    group_id = tenant.group("Once Only", duplicates="refuse")
    path = f"{home}/groups/{group_id}/create-credentials"
    assert owner.submit(owner.form(path).filled(**ANA)).status_code == 303
    refused = owner.submit(owner.form(path).filled(**{**ANA, "rows__0__name": "Ana Again"}))
    assert refused.status_code == 400
    assert "1 recipient needs a correction." in alerts(refused)
    assert "The group takes each address once" in text_of(refused)
    assert "Create anyway" not in refused.text
    other = tenant.draft("Ben", group_id, email="ben@example.org")
    show = f"{home}/credentials/{other}"
    amended = owner.submit(owner.form(show).filled(rows__0__email="ana@example.org"))
    assert amended.status_code == 400
    assert "Has a credential in this group already." in amended.text
    assert tenant.names() == ["Ana Example", "Ben"]


def test_a_group_that_allows_says_nothing(owner: Browser, home: str, tenant: Tenant) -> None:
    path = f"{home}/groups/{tenant.group('As Often As Wanted', duplicates='allow')}/create-credentials"
    for name in ("Ana", "Ana Again"):
        assert owner.submit(owner.form(path).filled(**{**ANA, "rows__0__name": name})).status_code == 303
    assert tenant.names() == ["Ana", "Ana Again"]


def test_an_incomplete_credential_is_created_says_what_is_missing_and_is_not_published(
    owner: Browser, home: str, tenant: Tenant
) -> None:
    design_id, group_id = new_id(), new_id()
    tenant.ask(
        contract.CREATE_DESIGN, design_id=design_id, name="Strict", plugin_id="minimal", plugin_version="1.0.0",
        options={}, required_attributes=("grade",),
    )  # fmt: skip
    tenant.ask(contract.CREATE_GROUP, group_id=group_id, content=contract.GroupContent(name="S", design_id=design_id))
    path = f"{home}/groups/{group_id}/create-credentials"
    alone = owner.get(f"{owner.submit(owner.form(path).filled(**ANA)).location}/review")
    assert "Incomplete Open it to add what is missing." in text_of(alone)
    assert not lxml.html.fromstring(alone.text).xpath("//button[normalize-space()='Publish']")
    (row,) = tenant.world.rows("credentials")
    complete = {"rows__0__name": "Ben", "rows__0__email": "ben@example.org", "rows__0__attributes__grade": "A"}
    owner.submit(owner.form(path).filled(**complete))
    group = owner.get(f"{home}/groups/{group_id}")
    assert "Tick Ana Example; incomplete, so that it can be deleted but not published" in group.text
    boxes = lxml.html.fromstring(group.text).xpath("//input[@name='credential']/@value")
    ticked = owner.form(f"{home}/groups/{group_id}", "/confirm").without("credential")
    for box in boxes:
        ticked = ticked.with_field("credential", box)
    dialog = owner.submit(ticked)
    assert "1 credential is incomplete and stays unpublished" in text_of(dialog)
    show = f"{home}/credentials/{row['_id']}"
    assert "It cannot be published yet." in text_of(owner.get(show))
    assert "/publications/confirm" not in owner.get(show).text
    assert owner.submit(owner.form(show).filled(rows__0__attributes__grade="A")).status_code == 303
    assert "/publications/confirm" in owner.get(show).text


def test_a_credential_opened_from_a_review_leads_back_to_it_until_it_is_deleted(
    owner: Browser, form: Form, home: str, tenant: Tenant
) -> None:
    created = owner.submit(form.filled(**ANA)).location
    review = owner.get(f"{created}/review")
    links = lxml.html.fromstring(review.text).xpath("//td[@class='id']/a/@href")
    assert len(links) == 2
    for link, leads_to in zip(links, ("review", "credentials"), strict=True):
        page = owner.get(link)
        assert f'href="{created}/review"' in page.text
        saved = owner.submit(form_on(page, "/credentials/").filled(rows__0__name="Amended"))
        assert "batch=" in saved.location
        gone = owner.submit(owner.form(link, "/delete"))
        assert gone.location.partition("?")[0].endswith(leads_to)
    assert tenant.names() == []
    assert owner.get(f"{links[0].partition('?')[0]}?batch=nonsense").status_code == 404


def test_what_only_a_colleague_changed_is_kept_and_what_both_changed_is_chosen(
    owner: Browser, home: str, tenant: Tenant
) -> None:
    show = f"{home}/credentials/{tenant.draft(attributes={'grade': 'B'})}"
    mine, theirs = owner.form(show), owner.form(show)
    changed = theirs.filled(rows__0__name="Theirs", rows__0__attributes__grade="A", rows__0__expiry_date="2030-01-01")
    assert owner.submit(changed).status_code == 303
    clash = owner.submit(mine.filled(rows__0__name="Mine", rows__0__email="mine@example.org"))
    assert clash.status_code == 409
    assert "Theirs: Jan 1, 2030" in text_of(clash)
    asked = form_on(clash, show)
    assert asked.value("keep-attributes.grade") == asked.value("keep-expiry_date") == "theirs"
    assert owner.submit(asked.with_field("keep-name", "theirs")).status_code == 303
    (row,) = tenant.world.rows("credentials")
    content = row["content"]
    assert (content["name"], content["email"], content["attributes"]) == ("Theirs", "mine@example.org", {"grade": "A"})
    assert content["expiry_date"] == date(2030, 1, 1).isoformat()


def test_what_was_typed_into_a_credential_that_was_published_meanwhile_is_not_lost(
    owner: Browser, home: str, tenant: Tenant
) -> None:
    credential_id = tenant.draft()
    show = f"{home}/credentials/{credential_id}"
    mine = owner.form(show).filled(rows__0__name="Typed In Vain")
    tenant.world.publish([(credential_id, 1)])
    tenant.world.expand()
    answer = owner.submit(mine)
    assert answer.status_code == 409
    assert "Somebody published this credential while you changed it." in alerts(answer)
    assert "Typed In Vain" in alerts(answer)


def test_a_form_for_several_groups_comes_back_as_it_was_sent_when_its_token_is_missing_or_its_session_over(
    owner: Browser, form: Form, tenant: Tenant
) -> None:
    filled = form.filled(**ANA)
    for sent, told in (
        (filled.without("csrf_token"), "Please send this form once more."),
        (filled, "You are signed out."),
    ):
        if told == "You are signed out.":
            tenant.world.database.collection("sessions").delete_many({"person_id": tenant.owner.person_id})
        answer = owner.submit(sent)
        assert answer.status_code == 400
        assert told in text_of(answer)
        again = form_on(answer, "/create-credentials")
        assert again.value("rows-0-name") == "Ana Example"
        assert [value for name, value in again.fields if name == "rows-0-groups"] == [
            value for name, value in filled.fields if name == "rows-0-groups"
        ]
    assert rows(tenant) == []


def test_each_group_s_default_expiry_holds_unless_the_form_says_otherwise(
    owner: Browser, home: str, tenant: Tenant
) -> None:
    years = contract.DefaultExpiry(kind="period", amount=2, unit="years")
    evening, literacy = tenant.group("Evening Spanish", expiry=years), tenant.group("Data Literacy")
    path = f"{home}/create-credentials?group={evening}&group={literacy}"
    hint = lxml.html.fromstring(owner.get(path).text).get_element_by_id("rows-0-expiry_date-hint").text_content()
    told = hint.replace("\u2068", "").replace("\u2069", "")
    assert "Evening Spanish: 2 years after the issue date; Data Literacy: never." in told
    form = owner.form(path, "/create-credentials").filled(**ANA, rows__0__issue_date="2026-03-01")
    assert owner.submit(form).status_code == 303
    found = {row["group_id"]: row["content"].get("expiry_date") for row in tenant.world.rows("credentials")}
    assert found == {evening: "2028-03-01", literacy: None}
    never = form.filled(rows__0__email="never@example.org").with_field("rows-0-never", "yes")
    answer = owner.submit(never.filled(rows__0__expiry_date="2030-01-01"))
    assert answer.status_code == 400
    assert "both cannot be" in answer.text
    assert form_on(answer, "/create-credentials").value("rows-0-never") == "yes"
    assert owner.submit(never).status_code == 303
    dates = [row["content"].get("expiry_date") for row in tenant.world.rows("credentials")]
    assert sorted(map(str, dates)) == ["2028-03-01", "None", "None", "None"]
