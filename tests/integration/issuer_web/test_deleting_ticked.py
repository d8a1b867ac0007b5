"""Ticked credentials that cannot be deleted: the dialog says how many stay, and why, before anything is deleted."""

from conferral.contracts.rpc import credentials
from tests.support.dashboards import Browser, form_on
from tests.support.installations import Tenant


def test_what_stays_is_told_by_reason_and_the_rest_is_deleted(owner: Browser, tenant: Tenant) -> None:
    kept, changed, first, second = (tenant.draft(name, email=f"{name.lower()}@example.org") for name in "ABCD")
    page = owner.get(f"/o/{tenant.id}/credentials")
    ticks = [value for value in page.text.split('"') if value[:26] in {kept, changed, first, second} and ":" in value]
    assert len(set(ticks)) == 4
    tenant.world.publish([(kept, 1)])
    tenant.world.expand()
    content = credentials.CredentialContent(name="B2", email="b@example.org", issue_date="2026-11-23")
    tenant.ask(credentials.AMEND_CREDENTIAL, credential_id=changed, revision=1, content=content)
    token = owner.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    fields = [("csrf_token", token), ("back", "/"), *(("credential", tick) for tick in sorted(set(ticks)))]
    dialog = owner.post(f"/o/{tenant.id}/credentials/delete", fields)
    assert "Delete 2 unpublished credentials?" in dialog.text
    told = " ".join(dialog.text.partition("2 ticked ones stay:")[2].partition("</ul>")[0].split())
    assert "1 is being published at the moment." in told
    assert "1 was changed by somebody after you saw it" in told
    assert tenant.names() == ["A", "B2", "C", "D"], "asking deletes nothing"
    assert owner.submit(form_on(dialog, "/credentials/delete/")).status_code == 200
    assert tenant.names() == ["A", "B2"]
