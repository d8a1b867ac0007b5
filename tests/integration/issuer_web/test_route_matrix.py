"""Every route for every role, in one's own organisation and in another's; and no control that then refuses.

What is expected comes from the one table of routes, and which routes there are from the application itself.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

import lxml.html
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.actors import ROLE_PERMISSIONS, ROLES, Role
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import groups, people, selections, sending
from conferral.contracts.rpc.credentials import CredentialFilter
from tests.support.dashboards import Browser, form_on
from tests.support.installations import Installation, Person, Tenant, signed_in
from tests.support.route_table import ROUTES, Fields, Own, routes

WITHIN = {known: route for known, route in ROUTES.items() if route.needs not in {"anyone", "operate"}}
"""The routes below an organisation's address."""
OF_OPERATORS = [known for known, route in ROUTES.items() if route.needs == "operate"]
IS_DONE = {200, 303, 400, 409, 422}
"""Somebody who may is answered with a page, or led on, or told what is wrong with what was sent."""
MOST_ALIKE = 3
"""Pages of one kind that are opened: every row of a list has the same controls."""


def frozen(tenant: Tenant) -> str:
    pairs = ((tenant.draft(), 1),)
    return tenant.ask(selections.FREEZE_SELECTION, purpose="delete", credentials=pairs).selection_id


def saved_filter(tenant: Tenant) -> str:
    filter_id = new_id()
    tenant.ask(selections.SAVE_FILTER, filter_id=filter_id, name=f"Filter {filter_id}", filter=CredentialFilter())
    return filter_id


def invitation(tenant: Tenant) -> str:
    invitation_id = new_id()
    email = f"{invitation_id}@example.org"
    tenant.ask(people.INVITE_PERSON, invitation_id=invitation_id, email=email, role="viewer")
    return invitation_id


def test_email(tenant: Tenant) -> str:
    test_id = new_id()
    tenant.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    return test_id


test_email.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Cast:
    """An organisation, everybody who comes to it, and another organisation that has as much."""

    running: Installation
    app: Flask
    tenant: Tenant
    other: Tenant
    persons: Mapping[str, Person]
    browsers: Mapping[str, Browser]

    def ids(self, tenant: Tenant, names: frozenset[str], who: str) -> dict[str, str]:
        """Make what an address names, anew, so that nobody before has used it up."""
        makers: dict[str, Callable[[], str]] = {
            "organisation_id": lambda: tenant.id,
            "group_id": lambda: tenant.group_id,
            "design_id": lambda: tenant.design_id,
            "credential_id": tenant.draft,
            "batch_id": lambda: tenant.batch_of(tenant.draft()),
            "publication_id": lambda: tenant.world.publish([(tenant.draft(), 1)]),
            "selection_id": lambda: frozen(tenant),
            "filter_id": lambda: saved_filter(tenant),
            "invitation_id": lambda: invitation(tenant),
            "test_id": lambda: test_email(tenant),
            "person_id": lambda: self.running.colleague(tenant, "viewer").person_id,
            "session_id": lambda: self.another_session(who),
            "action": lambda: "pause",
            "letter_id": lambda: "0" * 32,
        }
        return {name: makers[name]() for name in names}

    def another_session(self, who: str) -> str:
        """Somebody's own further session; for an outsider, one that is nobody's."""
        if who not in ROLES:
            return new_id()
        signed_in(self.app, self.persons[who])
        page = self.browsers[who].get(f"/o/{self.tenant.id}/settings/my-account").text
        found = re.search(r"/sessions/([a-z2-7]{26})/end", page)
        assert found
        return found[1]

    def ask(self, who: str, method: str, endpoint: str, tenant: Tenant) -> TestResponse:
        """Do as a person of this role would who had the owner's forms."""
        names = routes(self.app)[method, endpoint]
        if method == "POST" and "group_id" in names and tenant is self.tenant:
            world = replace(tenant.world, group_ids=(tenant.group(f"Group {new_id()[:8]}"),))
            tenant = replace(tenant, world=world)
        if who in ROLES:  # selections and saved filters are their maker's own
            tenant = replace(tenant, world=replace(tenant.world, actor_id=self.persons[who].person_id))
        ids = self.ids(tenant, names, who)
        with self.app.test_request_context(base_url="http://127.0.0.1:8800"):
            path = self.app.url_for(endpoint, **ids)
        browser = self.browsers[who]
        if method == "GET":
            return browser.get(path)
        mine = tenant if tenant.id == self.tenant.id else self.tenant
        fields = self._fields(endpoint, Own(self.browsers["owner"], mine, ids.get("credential_id") or mine.draft()))
        chosen = [value for name, value in fields if name == "rows-0-groups"]  # the page for several names them
        query = "?" + urlencode({"group": chosen}, doseq=True) if chosen else ""
        return browser.post(path + query, [("csrf_token", self._token(who)), *fields])

    def _fields(self, endpoint: str, own: Own) -> Fields:
        make = ROUTES["POST", endpoint].fields
        if make is None:
            return []
        if own.credential_id not in {row["_id"] for row in own.tenant.world.rows("credentials")}:
            own = replace(own, credential_id=own.tenant.draft())
        return [field for field in make(own) if field[0] != "csrf_token"]

    def _token(self, who: str) -> str:
        home = "/sign-in" if who == "nobody" else f"/o/{self.persons[who].organisation_id}/groups"
        action = "/sign-in" if who == "nobody" else "/sign-out"
        return form_on(self.browsers[who].get(home), action).value("csrf_token")


@pytest.fixture(scope="module")
def cast(running: Installation, dashboard: Flask) -> Cast:
    tenant, other = running.tenant(), running.tenant("Southfield")
    persons = {role: running.colleague(tenant, role) for role in ROLES}
    persons["owner"] = tenant.owner
    persons["operator"] = running.tenant("Operations", operator=True).owner
    browsers = {who: signed_in(dashboard, person) for who, person in persons.items()}
    return Cast(running, dashboard, tenant, other, persons, {**browsers, "nobody": Browser(dashboard)})


def test_every_route_is_in_the_table(dashboard: Flask) -> None:
    assert set(routes(dashboard)) == set(ROUTES)


def test_a_route_of_an_organisation_is_one_for_its_people(dashboard: Flask) -> None:
    below = {known for known, names in routes(dashboard).items() if "organisation_id" in names}
    assert below == set(WITHIN)


@pytest.mark.parametrize(("method", "endpoint"), WITHIN)
def test_a_route_is_for_the_roles_of_the_table_and_for_nobody_else(cast: Cast, method: str, endpoint: str) -> None:
    needed, wrong = WITHIN[method, endpoint].needs, []
    for role in ROLES:
        status = cast.ask(role, method, endpoint, cast.tenant).status_code
        if status not in (IS_DONE if needed in ROLE_PERMISSIONS[role] else {403}):
            wrong.append(f"{role}: {status}")
    answer = cast.ask("operator", method, endpoint, cast.tenant)
    if answer.status_code != 404:
        wrong.append(f"an operator of the installation: {answer.status_code}")
    assert not wrong, wrong


@pytest.mark.parametrize(("method", "endpoint"), WITHIN)
def test_another_organisations_route_is_unknown_to_every_role(cast: Cast, method: str, endpoint: str) -> None:
    statuses = {role: cast.ask(role, method, endpoint, cast.other).status_code for role in ROLES}
    assert set(statuses.values()) == {404}, statuses


@pytest.mark.parametrize(("method", "endpoint"), WITHIN)
def test_who_is_not_signed_in_is_asked_to_do_so(cast: Cast, method: str, endpoint: str) -> None:
    answer = cast.ask("nobody", method, endpoint, cast.tenant)
    if answer.status_code == 400:
        assert "signed out" in answer.text, "what was typed comes back"
        return
    assert answer.status_code == 303
    assert urlsplit(answer.location or "").path == "/sign-in"


@pytest.mark.parametrize(("method", "endpoint"), OF_OPERATORS)
def test_what_runs_the_installation_is_for_operators_alone(cast: Cast, method: str, endpoint: str) -> None:
    statuses = {role: cast.ask(role, method, endpoint, cast.tenant).status_code for role in ROLES}
    assert set(statuses.values()) == {403}, statuses
    assert urlsplit(cast.ask("nobody", method, endpoint, cast.tenant).location or "").path == "/sign-in"
    allowed = IS_DONE | ({404} if "letter_id" in routes(cast.app)[method, endpoint] else set())
    assert cast.ask("operator", method, endpoint, cast.tenant).status_code in allowed


@dataclass
class Crawl:
    """Somebody who opens whatever a page leads to, and notes what cannot be theirs."""

    app: Flask
    browser: Browser
    home: str
    role: Role

    def __post_init__(self) -> None:
        self.opened: set[str] = set()
        self.refused: list[str] = []
        self._alike: Counter[tuple[str, frozenset[str]]] = Counter()

    def open(self, *paths: str) -> None:
        """Open these, and all that can be reached from them."""
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            endpoint, names = self._known("GET", path), frozenset(parse_qs(urlsplit(path).query))
            self._alike[endpoint, names] += 1
            if self._alike[endpoint, names] > MOST_ALIKE or path in self.opened:
                continue
            answer = self.browser.get(path)
            self.opened |= {path, f"GET {endpoint}"}
            if answer.status_code == 303 and (answer.location or "").startswith(self.home):
                waiting.append(str(answer.location))
            elif answer.status_code != 200:
                self.refused.append(f"{path} answers {answer.status_code}")
            elif answer.mimetype == "text/html":
                waiting += self._look(path, answer.text)

    def _look(self, path: str, text: str) -> list[str]:
        page = lxml.html.fromstring(text)
        for form in page.forms:
            buttons = form.xpath(".//button[@formaction] | .//input[@formaction]")
            for action in [form.get("action") or path, *(button.get("formaction") for button in buttons)]:
                method = form.method if form.method == "POST" else "GET"
                endpoint = self._known(method, action)
                self._may(method, endpoint, path)
                if method == "GET":
                    self.opened.add(f"GET {endpoint}")  # with whatever is typed
        asked = page.xpath("//@data-publication | //@data-moving-lines | //a/@href")
        return [str(address) for address in asked if str(address).startswith(self.home)]

    def _known(self, method: str, path: str) -> str:
        endpoint, _ = self.app.url_map.bind("127.0.0.1").match(urlsplit(path).path, method=method)
        return str(endpoint)

    def _may(self, method: str, endpoint: str, path: str) -> None:
        needed = ROUTES[method, endpoint].needs
        if needed != "anyone" and needed not in ROLE_PERMISSIONS[self.role]:
            self.refused.append(f"{path} offers {method} {endpoint}, which is refused")


@pytest.fixture(scope="module")
def furnished(cast: Cast) -> list[str]:
    """An organisation in which there is something of every kind; returns pages that only an action leads to."""
    tenant, home = cast.tenant, f"/o/{cast.tenant.id}"
    tenant.draft("Unpublished Person")
    cast.running.publish(tenant, tenant.draft("Published Person"))
    tenant.world.publish([(tenant.draft("Person on the Way"), 1)])
    archived = tenant.group("Archived Group")
    revision = tenant.world.rows("groups", _id=archived)[0]["revision"]
    tenant.ask(groups.ARCHIVE_GROUP, group_id=archived, revision=revision, archived=True)
    invitation(tenant)
    batch_id = tenant.batch_of(tenant.draft("Just Created"))
    return [f"{home}/groups", f"{home}/created/{batch_id}", f"{home}/groups?archived=yes"]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_offers_what_is_then_refused_and_every_page_that_is_allowed_is_reached(
    cast: Cast, furnished: list[str], role: Role
) -> None:
    crawl = Crawl(cast.app, cast.browsers[role], f"/o/{cast.tenant.id}/", role)
    saved_filter(replace(cast.tenant, world=replace(cast.tenant.world, actor_id=cast.persons[role].person_id)))
    crawl.open(*furnished)
    assert not crawl.refused, "\n".join(crawl.refused)
    allowed = {
        f"GET {endpoint}"
        for (method, endpoint), route in WITHIN.items()
        if method == "GET" and route.page and route.needs in ROLE_PERMISSIONS[role]
    }
    assert not allowed - crawl.opened, "pages that nothing leads to"
