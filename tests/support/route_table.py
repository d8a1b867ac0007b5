"""Every route of the dashboard: who may use it, what makes a right form for it, and whether it answers with a page.

The one table of routes. What reads it: which roles get in (``test_route_matrix.py``), whose ids are unknown
(``test_foreign_ids.py``), and whether every page is looked at (``tests/e2e``). A route that is missing here fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Map

from conferral.contracts.actors import Permission
from conferral.contracts.ids import new_id
from tests.support.dashboards import Browser, Form
from tests.support.installations import Tenant

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Own:
    """What the one who asks has: a browser and forms of their own organisation, complete and right."""

    browser: Browser
    tenant: Tenant
    credential_id: str

    @property
    def home(self) -> str:
        return f"/o/{self.tenant.id}"

    def form(self, path: str, action: str | None = None) -> Form:
        return self.browser.form(f"{self.home}{path}", action)

    def nothing(self) -> Fields:
        return [("csrf_token", self.form("/groups", "/sign-out").value("csrf_token"))]

    def creating(self) -> Fields:
        form = self.form(f"/groups/{self.tenant.group_id}/create-credentials")
        return form.filled(rows__0__name="Ana", rows__0__email="ana@example.org").fields

    def creating_for_several(self) -> Fields:
        group_id = self.tenant.group("Another Group")
        form = self.form(f"/create-credentials?group={self.tenant.group_id}&group={group_id}", "/create-credentials")
        return form.filled(rows__0__name="Ana", rows__0__email="ana@example.org").fields

    def amending(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}").filled(rows__0__name="Another").fields

    def deleting(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}", "/delete").fields

    def choosing(self) -> Fields:
        return self.form("/credentials", "/confirm").fields

    def new_group(self) -> Fields:
        return self.form("/groups/new").filled(name="Another").fields

    def editing(self) -> Fields:
        return self.form(f"/groups/{self.tenant.group_id}/edit").fields

    def wording(self) -> Fields:
        return self.form(f"/groups/{self.tenant.group_id}/email").filled(subject="Another").fields

    def archiving(self) -> Fields:
        return self.form(f"/groups/{self.tenant.group_id}", "/archive").fields

    def new_design(self) -> Fields:
        return self.form("/designs/new?plugin=minimal", "/designs/new").fields

    def editing_design(self) -> Fields:
        return self.form(f"/designs/{self.tenant.design_id}").fields

    def confirming(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}", "/confirm").fields

    def settling(self) -> Fields:
        return self.form("/settings/organisation", "/settings/organisation").fields

    def inviting(self) -> Fields:
        form = self.form("/settings/people", "/people/invite").filled(email=f"{new_id()}@example.org")
        return [*(field for field in form.fields if field[0] != "role"), ("role", "viewer")]

    def changing_role(self) -> Fields:
        return [*self.nothing(), ("before", "owner"), ("role", "viewer")]

    def sending(self) -> Fields:
        fields = self.form("/settings/sending", "/settings/sending").fields
        return [*(field for field in fields if field[0] not in {"way", "tls"}), ("way", "installation"), ("tls", "tls")]

    def stopping_mail(self) -> Fields:
        return [*self.nothing(), ("mail", "flows")]

    def renaming(self) -> Fields:
        return self.form("/settings/my-account", "/my-account/name").fields

    def changing_password(self) -> Fields:
        return self.form("/settings/my-account", "/my-account/password").fields

    def publishing(self) -> Fields:
        answer = self.browser.post(f"{self.home}/publications/confirm", self.confirming())
        page = answer.text
        values = ("csrf_token", "publication_id", "summary", "back", "credential")
        return [(name, page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]) for name in values]


@dataclass(frozen=True)
class Route:
    """What is expected of a route.

    :param needs: as in ``conferral.contracts.actors``; "anyone": also who has not signed in.
    :param fields: makes the fields of a right form; None: the route takes none.
    :param page: whether it answers with a page or a dialog: for ``POST``, when something is wrong or asked.
    """

    needs: Permission
    fields: Callable[[Own], Fields] | None = None
    page: bool = False


ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "assets.serve"): Route("anyone"),
    ("GET", "accounts.home"): Route("anyone", page=True),
    ("GET", "accounts.sign_in"): Route("anyone", page=True),
    ("POST", "accounts.sign_in"): Route("anyone", page=True),
    ("POST", "accounts.sign_out"): Route("anyone"),
    ("GET", "accounts.request_reset"): Route("anyone", page=True),
    ("POST", "accounts.request_reset"): Route("anyone", page=True),
    ("GET", "accounts.reset_password"): Route("anyone", page=True),
    ("POST", "accounts.reset_password"): Route("anyone", page=True),
    ("GET", "groups.index"): Route("view", page=True),
    ("GET", "groups.new"): Route("publish", page=True),
    ("POST", "groups.create"): Route("publish", Own.new_group, page=True),
    ("GET", "groups.show"): Route("view", page=True),
    ("GET", "groups.edit"): Route("publish", page=True),
    ("POST", "groups.amend"): Route("publish", Own.editing, page=True),
    ("GET", "groups.duplicate"): Route("publish", page=True),
    ("GET", "wording.edit"): Route("publish", page=True),
    ("POST", "wording.change"): Route("publish", Own.wording, page=True),
    ("GET", "wording.preview"): Route("publish"),
    ("POST", "wording.preview"): Route("publish", Own.wording),
    ("POST", "groups.archive"): Route("publish", Own.archiving),
    ("POST", "groups.unarchive"): Route("publish", Own.archiving),
    ("GET", "designs.index"): Route("view", page=True),
    ("GET", "designs.new"): Route("publish", page=True),
    ("POST", "designs.create"): Route("publish", Own.new_design, page=True),
    ("GET", "designs.edit"): Route("publish", page=True),
    ("POST", "designs.amend"): Route("publish", Own.editing_design, page=True),
    ("GET", "designs.duplicate"): Route("publish", page=True),
    ("POST", "designs.preview"): Route("publish", Own.new_design),
    ("GET", "drafts.new"): Route("draft", page=True),
    ("POST", "drafts.create"): Route("draft", Own.creating, page=True),
    ("GET", "choosing.choose"): Route("draft", page=True),
    ("GET", "choosing.suggestion"): Route("draft"),
    ("GET", "drafts.new_for_several"): Route("draft", page=True),
    ("POST", "drafts.create_for_several"): Route("draft", Own.creating_for_several, page=True),
    ("GET", "drafts.created"): Route("view", page=True),
    ("GET", "drafts.review"): Route("view", page=True),
    ("GET", "credentials.index"): Route("view", page=True),
    ("GET", "credentials.show"): Route("view", page=True),
    ("POST", "credentials.amend"): Route("draft", Own.amending, page=True),
    ("POST", "credentials.delete"): Route("draft", Own.deleting),
    ("POST", "bulk.ask"): Route("draft", Own.choosing, page=True),
    ("POST", "bulk.delete"): Route("draft", page=True),
    ("GET", "exports.credentials"): Route("view"),
    ("POST", "saved_filters.save"): Route("view", page=True),
    ("POST", "saved_filters.delete"): Route("view"),
    ("GET", "publications.index"): Route("view", page=True),
    ("POST", "publications.confirm"): Route("publish", Own.confirming, page=True),
    ("POST", "publications.publish"): Route("publish", Own.publishing, page=True),
    ("POST", "publications.retry"): Route("publish", Own.nothing),
    ("GET", "publications.show"): Route("view", page=True),
    ("GET", "publications.counts"): Route("view"),
    ("GET", "publications.moving"): Route("view"),
    ("POST", "publications.control"): Route("publish"),
    ("POST", "credentials.discard"): Route("draft"),
    ("POST", "credentials.resend"): Route("publish"),
    ("GET", "invitation.show"): Route("anyone", page=True),
    ("POST", "invitation.accept"): Route("anyone", page=True),
    ("POST", "invitation.join"): Route("anyone"),
    ("GET", "organisation.show"): Route("own", page=True),
    ("POST", "organisation.change"): Route("own", Own.settling, page=True),
    ("GET", "people.index"): Route("view", page=True),
    ("POST", "people.invite"): Route("own", Own.inviting, page=True),
    ("POST", "people.resend"): Route("own"),
    ("POST", "people.withdraw"): Route("own"),
    ("POST", "people.change_role"): Route("own", Own.changing_role, page=True),
    ("POST", "people.remove"): Route("own"),
    ("GET", "sending.show"): Route("own", page=True),
    ("POST", "sending.change"): Route("own", Own.sending, page=True),
    ("POST", "sending.send_test"): Route("own"),
    ("GET", "sending.follow_test"): Route("own"),
    ("GET", "sender_domain.show"): Route("own", page=True),
    ("POST", "sender_domain.create_key"): Route("own"),
    ("POST", "sender_domain.switch"): Route("own"),
    ("GET", "operations.index"): Route("operate", page=True),
    ("POST", "operations.redrive"): Route("operate"),
    ("POST", "operations.discard"): Route("operate"),
    ("POST", "operations.mail"): Route("operate", Own.stopping_mail),
    ("GET", "my_account.show"): Route("view", page=True),
    ("POST", "my_account.change_name"): Route("view", Own.renaming, page=True),
    ("POST", "my_account.change_password"): Route("view", Own.changing_password, page=True),
    ("POST", "my_account.end_session"): Route("view"),
    ("POST", "my_account.end_other_sessions"): Route("view"),
}
"""By method and endpoint."""


def routes(app: Flask) -> dict[tuple[str, str], frozenset[str]]:
    """Return the names in every route's address, by method and endpoint."""
    return routes_of(app.url_map)


def routes_of(url_map: Map) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (method, rule.endpoint): frozenset(rule.arguments)
        for rule in url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
