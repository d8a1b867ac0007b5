"""What a group's emails say, in the dashboard: changed, checked, tried out, with a colleague in between, copied."""

import pytest
from flask import Flask

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import groups
from conferral.contracts.wording import EmailWording
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Installation, Tenant, signed_in


def path(tenant: Tenant) -> str:
    return f"/o/{tenant.id}/groups/{tenant.group_id}/email"


def words_of(tenant: Tenant, group_id: str | None = None) -> EmailWording:
    return tenant.ask(groups.GET_GROUP, group_id=group_id or tenant.group_id).profile.wording


def reword(tenant: Tenant, revision: int = 1, **words: str) -> None:
    tenant.ask(
        groups.CHANGE_WORDING, group_id=tenant.group_id, revision=revision, wording=EmailWording(**words)
    )  # fmt: skip


def test_the_form_offers_the_designs_parts_and_says_what_can_be_named(owner: Browser, tenant: Tenant) -> None:
    page = owner.get(path(tenant)).text
    assert '<code data-placeholder="subject">{recipient name}</code>' in page
    assert "{signatory title}" in page
    assert "{remarks}" not in page, "what is for the issuer's records only cannot be named"
    assert "Those of published credentials stay as they were written" in page
    answer = owner.submit(owner.form(path(tenant)).filled(subject="{Recipient_Name}, well done", body="A\r\n\r\nB"))
    assert answer.status_code == 303
    assert words_of(tenant) == EmailWording(subject="{Recipient_Name}, well done", body="A\n\nB")
    assert 'value="{Recipient_Name}, well done"' in owner.get(path(tenant)).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Dear {recipent name}", "There is no placeholder {recipent name}. Did you mean {recipient name}?"),
        ("Dear {recipient name", "A brace is not closed: {recipient name"),
        ("{remarks}", "{remarks} is for your own records only"),
        ("Hello\u2028Bcc: everyone@example.org", "invisible character"),
        ("x" * 201, "This is too long: 201 characters, and 200 are the most."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_everything_typed_is_kept(
    owner: Browser, tenant: Tenant, typed: str, told: str
) -> None:
    answer = owner.submit(owner.form(path(tenant)).filled(greeting=typed, closing="Yours & mine"))
    assert answer.status_code == 400
    wrong = answer.text.partition('id="greeting-wrong"')[2].partition("</p>")[0]
    assert told in wrong
    form = form_on(answer, path(tenant))
    # the first line end in a text area is none: browsers leave it out
    assert (form.value("greeting"), form.value("closing").removeprefix("\n")) == (typed, "Yours & mine")
    assert words_of(tenant) == EmailWording()


def test_of_two_people_the_second_sees_both_texts_and_overwrites_nothing_unseen(owner: Browser, tenant: Tenant) -> None:
    form = owner.form(path(tenant)).filled(subject="Mine", closing="Mine too")
    reword(tenant, subject="Theirs")
    answer = owner.submit(form)
    assert answer.status_code == 409
    assert "Somebody changed this group while you did." in answer.text
    assert "<bdi>Theirs</bdi>" in answer.text
    assert words_of(tenant) == EmailWording(subject="Theirs")
    assert owner.submit(form_on(answer, path(tenant))).status_code == 303
    assert words_of(tenant) == EmailWording(subject="Mine", closing="Mine too")


def preview(owner: Browser, form: Form, tenant: Tenant, recipient: str = "", occasion: str = "issued") -> str:
    chosen = [("recipient", recipient), ("occasion", occasion)]
    answer = owner.post(f"{path(tenant)}/preview", [*form.fields, *chosen])
    assert answer.status_code == 200
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.headers["Content-Security-Policy"]
    return answer.text


def test_the_preview_is_the_email_of_a_real_recipient_with_what_is_typed(owner: Browser, tenant: Tenant) -> None:
    credential_id = tenant.draft("Ana <b> Example", attributes={"grade": "1,3"})
    page = owner.get(path(tenant)).text
    assert f'<option value="{credential_id}">Ana &lt;b&gt; Example (ana@example.org)</option>' in page
    form = owner.form(path(tenant)).filled(subject="For {recipient name}", body="Grade {grade} & more")
    shown = preview(owner, form, tenant, credential_id)
    assert "For Ana &lt;b&gt; Example" in shown
    assert "Grade <bdi>1,3</bdi> &amp; more" in shown
    assert words_of(tenant) == EmailWording(), "nothing is stored"
    assert "There is no placeholder {grad}" in preview(owner, form.filled(body="{grad}"), tenant, credential_id)


def test_the_preview_shows_the_first_email_the_correction_or_what_is_sent_again(owner: Browser, tenant: Tenant) -> None:
    page = owner.get(path(tenant)).text
    for value in ("issued", "corrected", "issued_again"):
        assert f'<option value="{value}"' in page
    form = owner.form(path(tenant)).filled(body="Well done", corrected_body="We misspelt it", closing="Yours")
    first, corrected, again = (
        preview(owner, form, tenant, occasion=one) for one in ("issued", "corrected", "issued_again")
    )
    assert ("Well done" in first, "We misspelt it" in first) == (True, False)
    assert ("Well done" in corrected, "We misspelt it" in corrected, "Yours" in corrected) == (False, True, True)
    assert "Your certificate was corrected: " in corrected
    assert ("Well done" in again, "has asked for this email to be sent to you again." in again) == (True, True)
    assert "has asked" not in first
    assert preview(owner, form, tenant, occasion="nonsense") == first


def test_words_about_a_correction_are_checked_and_stored_like_the_others(owner: Browser, tenant: Tenant) -> None:
    page = owner.get(path(tenant)).text
    assert "Greeting, button and closing are the ones above" in page
    wrong = owner.submit(owner.form(path(tenant)).filled(corrected_subject="{nobody}", corrected_body="Typed"))
    assert wrong.status_code == 400
    assert "There is no placeholder {nobody}" in wrong.text.partition('id="corrected_subject-wrong"')[2][:300]
    right = form_on(wrong, path(tenant)).filled(corrected_subject="Put right: {group name}")
    assert owner.submit(right).status_code == 303
    assert words_of(tenant) == EmailWording(corrected_subject="Put right: {group name}", corrected_body="Typed")


def test_a_design_without_an_email_about_corrections_is_said_to_send_the_first_one_marked(
    owner: Browser, tenant: Tenant
) -> None:
    form = owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/edit")
    assert owner.submit(form.filled(design="plugin:minimal")).status_code == 303
    minimal = owner.form(path(tenant))
    assert "corrected_body" not in {name for name, _ in minimal.fields}
    assert "they get the email above once more, marked in its subject" in owner.get(path(tenant)).text
    shown = preview(owner, minimal.filled(body="Well done"), tenant, occasion="corrected")
    assert "has made a correction. There is nothing you need to do" in shown
    assert "Well done" in shown


def test_without_a_recipient_somebody_made_up_is_shown_and_said_to_be(owner: Browser, tenant: Tenant) -> None:
    assert "so the preview is for somebody made up" in owner.get(path(tenant)).text
    reword(tenant, greeting="Dear {recipient name}")
    assert "Dear <bdi>Ana Li</bdi>" in owner.get(f"{path(tenant)}/preview").text


def test_another_groups_or_organisations_credential_is_no_recipient(
    running: Installation, owner: Browser, tenant: Tenant
) -> None:
    other = running.tenant("Elsewhere").draft("Foreign Person")
    neighbour = tenant.draft("Neighbour", tenant.group("Another"))
    for credential_id in (other, neighbour, new_id()):
        shown = preview(owner, owner.form(path(tenant)), tenant, credential_id)
        assert "Foreign Person" not in shown
        assert "Neighbour" not in shown


def test_a_copy_of_a_group_begins_with_its_words(owner: Browser, tenant: Tenant) -> None:
    reword(tenant, subject="{grade}")
    form = owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/duplicate", "/groups/new")
    wrong = owner.submit(form.filled(name=""))
    assert wrong.status_code == 400
    copy = form_on(wrong, "/groups/new").filled(name="Copy")
    assert owner.submit(copy).status_code == 303
    assert words_of(tenant, copy.value("group_id")) == EmailWording(subject="{grade}")


def test_a_design_that_lacks_what_the_words_name_is_not_taken(owner: Browser, tenant: Tenant) -> None:
    reword(tenant, subject="{instructor}")
    form = owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/edit")
    answer = owner.submit(form.filled(design="plugin:minimal"))
    assert answer.status_code == 400
    wrong = answer.text.partition('id="design-wrong"')[2].partition("</p>")[0]
    assert "email names {instructor}, which this design does not have." in wrong
    assert owner.submit(form.filled(name="Another name")).status_code == 303
    assert words_of(tenant) == EmailWording(subject="{instructor}")


def test_parts_that_another_design_does_not_offer_stay_as_they_were(owner: Browser, tenant: Tenant) -> None:
    reword(tenant, subject="Mine", closing="Yours")
    form = owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/edit")
    assert owner.submit(form.filled(design="plugin:minimal")).status_code == 303
    minimal = owner.form(path(tenant))
    assert "closing" not in {name for name, _ in minimal.fields}
    assert owner.submit(minimal.filled(subject="New")).status_code == 303
    assert words_of(tenant) == EmailWording(subject="New", closing="Yours")


@pytest.mark.parametrize("role", ["viewer", "drafter"])
def test_who_may_not_publish_neither_sees_nor_changes_the_words(
    running: Installation, dashboard: Flask, owner: Browser, tenant: Tenant, role: str
) -> None:
    browser = signed_in(dashboard, running.colleague(tenant, role))  # type: ignore[arg-type]
    assert "/email" not in browser.get(f"/o/{tenant.id}/groups/{tenant.group_id}").text
    assert browser.get(path(tenant)).status_code == 403
    assert browser.get(f"{path(tenant)}/preview").status_code == 403
    token = browser.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    form = owner.form(path(tenant)).filled(subject="Mine")
    sent = [(name, token if name == "csrf_token" else value) for name, value in form.fields]
    assert browser.post(form.action, sent).status_code == 403
    assert words_of(tenant) == EmailWording()


def test_a_form_that_was_open_for_long_comes_back_as_it_was_sent(owner: Browser, tenant: Tenant) -> None:
    form = owner.form(path(tenant)).filled(subject="Typed", csrf_token="old")
    answer = owner.submit(form)
    assert answer.status_code == 400
    assert "Please send this form once more." in answer.text
    assert form_on(answer, path(tenant)).value("subject") == "Typed"
