"""One walk past everything there is to see: every page, dialog, mistake, empty state and email, in its turn.

Who looks is a parameter: axe, somebody who reads a made-up language, a camera. So what is found by names and addresses,
never by what it says. A page that is missing here fails the test that compares the walk with the table of routes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts, operations
from conferral.runtime.rpc_client import RpcClient
from tests.support.local_systems import standing_still
from tests.support.mailbox import mails_to

PASSWORD = "seven green lamps on a hill"
LANGUAGES = ("en", "es", "de", "ar", "zh-Hans")
PUBLICATION = re.compile(r"/publications/[a-z2-7]{26}$")


@dataclass(frozen=True)
class Words:
    """What is typed on the way: data, in whatever script suits who looks."""

    organisation: str
    owner: str
    group: str
    people: Sequence[str]
    guest: str
    more: tuple[str, str] = ("二", "三")
    """What two people write at the same time, into the same field."""


@dataclass
class Walk:
    """A page that is led through an organisation of its own, and who looks at it."""

    page: Page
    system: dict[str, Any]
    words: Words
    eye: Callable[[str], None]
    url_map: Map | None = None
    host: str = field(default_factory=lambda: f"{new_id()[:8]}.example.org")
    seen: set[tuple[str, str]] = field(default_factory=set)
    home: str = ""
    _last: Request | None = None
    _asked: Request | None = None

    def __post_init__(self) -> None:
        self.dashboard = self.system["dashboard_url"].rstrip("/")
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.is_navigation_request():
            if request.frame == self.page.main_frame:  # and not a preview in a frame of the page
                self._last, self._asked = request, None
        elif "x-conferral-fragment" in request.headers:
            self._asked = request

    def look(self, name: str) -> None:
        """Let whoever looks do so."""
        self.page.wait_for_load_state()
        self.eye(name)
        for request in (self._last, self._asked):
            if request is not None and self.url_map is not None and request.url.startswith(self.dashboard):
                try:
                    matched = self.url_map.bind("localhost").match(urlsplit(request.url).path, method=request.method)
                except HTTPException:
                    continue  # a page that is none
                self.seen.add((request.method, matched[0]))

    def go(self, path: str, name: str) -> None:
        self.page.goto(path if path.startswith("http") else f"{self.home or self.dashboard}{path}")
        self.look(name)

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector).filter(visible=True).first

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.at(f"[name='{name.replace('__', '-')}']").fill(value)

    def send(self, part: str, name: str = "") -> None:
        """Press the last button of the form whose address ends in this."""
        form = self.page.locator(f"form[action$='{part}'], form[action*='{part}?']").filter(visible=True).last
        form.locator("button[type=submit]:not(.visually-hidden)").filter(visible=True).last.click()
        self.page.wait_for_load_state()
        if name:
            self.look(name)

    def dialog(self, name: str) -> Locator:
        dialog = self.page.get_by_role("dialog")
        dialog.wait_for()
        self.look(name)
        return dialog

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        self.page.get_by_role("dialog").wait_for(state="detached")

    def link_in_mail(self, mailbox: str) -> tuple[dict[str, Any], str]:
        (mail, *_) = mails_to(self.system, f"{mailbox}@{self.host}")
        found = re.search(r"http://[^\s<>]+", mail["text"])
        assert found, mail["text"]
        return mail, found[0]


def whole_gallery(walk: Walk) -> None:
    """Walk past everything."""
    make_organisation(walk)
    before_signing_in(walk)
    nothing_there_yet(walk)
    settings(walk)
    designs(walk)
    groups(walk)
    wording(walk)
    creating(walk)
    amending(walk)
    lists(walk)
    publishing(walk)
    stopping(walk)
    afterwards(walk)
    mistakes(walk)
    recipients(walk)
    invitations(walk)
    the_guest_goes(walk)
    operating(walk)


def make_organisation(walk: Walk) -> None:
    """An organisation with nothing in it, and its owner."""
    caller = RpcClient(walk.system["amqp_uri"])
    try:
        request = accounts.CreateOrganisation(
            actor=Actor(service="admin"), name=walk.words.organisation, owner_name=walk.words.owner,
            owner_email=f"owner@{walk.host}", password=PASSWORD,
        )  # fmt: skip
        caller.call(accounts.CREATE_ORGANISATION, request)
    finally:
        caller.close()


def before_signing_in(walk: Walk) -> None:
    walk.go("/forgot-password", "forgot")
    walk.at("main form button[type=submit]").click()
    walk.look("forgot-mistake")
    walk.fill(email="nobody@example.org")
    walk.at("main form button[type=submit]").click()
    walk.look("forgot-sent")
    walk.go("/reset/no-such-token", "reset")
    walk.fill(password="short", repeated="other")
    walk.at("main form button[type=submit]").click()
    walk.look("reset-mistake")
    walk.go("/invitation/no-such-invitation", "invitation-gone")
    walk.go("/sign-in", "sign-in")
    walk.fill(email=f"owner@{walk.host}", password="wrong password")
    walk.at("main form button[type=submit]").click()
    walk.look("sign-in-mistake")
    walk.fill(email=f"owner@{walk.host}", password=PASSWORD)
    walk.at("main form button[type=submit]").click()
    walk.page.wait_for_url("**/groups")
    walk.home = walk.page.url.removesuffix("/groups")


def nothing_there_yet(walk: Walk) -> None:
    walk.look("groups-empty")
    walk.at("details.menu summary").click()
    walk.look("menu")
    walk.go("/groups?archived=1", "groups-archived-empty")
    walk.go("/credentials", "credentials-empty")
    walk.at("a[data-opens-dialog]").click()
    walk.dialog("choose-empty")
    walk.close()
    walk.go("/designs", "designs-empty")
    walk.go("/publications", "publications-empty")


def settings(walk: Walk) -> None:
    walk.go("/settings/organisation", "organisation")
    walk.fill(name="", url="no address")
    walk.send("/settings/organisation", "organisation-mistake")
    walk.go("/settings/people", "people")
    walk.send("/people/invite", "people-mistake")
    walk.fill(email=f"guest@{walk.host}")
    walk.at("main input[type=radio][value=viewer]").check()
    walk.send("/people/invite", "people-invited")
    walk.go("/settings/sending", "sending")
    walk.fill(sender_name="", sender_address="nobody")
    walk.send("/settings/sending", "sending-mistake")
    walk.go("/settings/sending", "sending-again")
    walk.send("/sending/test", "sending-test")
    walk.go("/settings/sending/domain", "sender-domain")
    walk.send("/domain/key", "sender-domain-key")
    walk.go("/settings/my-account", "my-account")
    walk.fill(person__name="")
    walk.send("/my-account/name", "my-account-name-mistake")
    walk.fill(secret__password="short")
    walk.send("/my-account/password", "my-account-password-mistake")


def designs(walk: Walk) -> None:
    walk.go("/designs/new", "design-choice")
    walk.at("a[href*='plugin=classic']").click()
    walk.page.locator("[data-preview-drawing] svg").first.wait_for()
    walk.look("design-form")
    walk.at("[form=design][name=name], #design [name=name]").fill("")
    walk.at("#design button.primary, [form=design].primary").click()
    walk.look("design-form-mistake")
    walk.at("[form=design][name=name], #design [name=name]").fill(walk.words.group)
    walk.at("#design button.primary, [form=design].primary").click()
    walk.page.wait_for_url(re.compile(r"/designs(\?|/[a-z2-7]{26})"))
    walk.look("design-saved")
    walk.go("/designs", "designs")
    edit = walk.at("a[href*='/designs/'][href$='/duplicate']").get_attribute("href") or ""
    walk.go(walk.dashboard + edit, "design-duplicate")
    walk.go(walk.dashboard + edit.removesuffix("/duplicate"), "design-edit")
    walk.at("[form=design][name=name], #design [name=name]").fill("")
    walk.at("#design button.primary, [form=design].primary").click()
    walk.look("design-edit-mistake")


def groups(walk: Walk) -> None:
    walk.go("/groups/new", "group-new")
    walk.fill(criteria_url="no address")
    walk.send("/groups/new", "group-new-mistake")
    walk.fill(name=walk.words.group, criteria_url="")
    walk.send("/groups/new", "group-empty")
    group = urlsplit(walk.page.url).path
    walk.at(".heading details summary").click()
    walk.look("group-archive")
    walk.go(f"{walk.dashboard}{group}/edit", "group-edit")
    other = walk.page.context.new_page()
    other.goto(walk.page.url)
    other.locator("[name=description]").fill(walk.words.more[0])
    other.locator("form[action*='/edit'] button[type=submit]").last.click()
    other.wait_for_load_state()
    other.close()
    walk.fill(description=walk.words.more[1])
    walk.send("/edit", "group-conflict")
    walk.go(f"{walk.dashboard}{group}/duplicate", "group-duplicate")
    walk.fill(name=f"{walk.words.group} 2")
    walk.send("/groups/new")
    walk.go("/groups", "groups")


def wording(walk: Walk) -> None:
    walk.at(".groups h2 a").click()
    walk.page.wait_for_load_state()
    walk.at("a[href$='/email']").click()
    walk.look("wording")
    walk.at("details.placeholders summary").click()
    walk.look("wording-placeholders")
    walk.fill(subject="{nobody}")
    walk.at("#wording button.primary").click()
    walk.page.locator(".notice.bad").wait_for()
    walk.look("wording-mistake")


def creating(walk: Walk) -> None:
    walk.go("/create-credentials/choose", "choose-page")
    walk.go("/create-credentials?kind=several", "choose-nothing")
    walk.go("/credentials", "credentials-none")
    walk.at("a[data-opens-dialog]").click()
    dialog = walk.dialog("choose")
    dialog.locator("[value=several]").check()
    walk.look("choose-several")
    for box in dialog.locator(".several input").all():
        box.check()
    dialog.locator("button.primary").click()
    walk.page.wait_for_url(re.compile("create-credentials"))
    walk.page.wait_for_load_state()
    walk.look("create-several")
    walk.page.locator("[name$='-name']").first.fill("=?")
    walk.send("/create-credentials", "create-several-mistake")
    walk.go("/groups", "groups-again")
    walk.page.locator("a[href*='create-credentials']").last.click()
    walk.page.wait_for_url(re.compile("create-credentials$"))
    walk.look("create")
    walk.page.locator("[name=show_all]").check()
    for at, (name, language) in enumerate(zip(walk.words.people, LANGUAGES, strict=True)):
        if at:
            walk.at("[data-add]").click()
        walk.page.locator(".block [name$='-name']").nth(at).fill(name)
        walk.page.locator(".block [name$='-email']").nth(at).fill(f"{language.lower()}@{walk.host}")
        walk.page.locator(".block [name$='-language']").nth(at).select_option(language)
    walk.look("create-all-attributes")
    walk.page.locator(".block [name$='-name']").last.fill("=?")
    walk.page.locator(".block [name$='-email']").last.fill("12@gmail.con")
    walk.at(".finish button.primary").click()
    walk.page.locator(".blocks .wrong").first.wait_for()
    walk.look("create-mistake")
    walk.page.locator(".block [name$='-name']").last.fill(walk.words.people[-1])
    walk.page.locator(".block [name$='-email']").last.fill(f"en@{walk.host}")
    walk.at(".finish button.primary").click()
    walk.page.locator("[data-anyway]").first.wait_for()
    walk.look("create-same-address")
    walk.page.locator(".block [name$='-email']").last.fill(f"{LANGUAGES[-1].lower()}@{walk.host}")
    walk.at(".finish button.primary").click()
    walk.page.wait_for_url(re.compile("/created/"))
    walk.look("created")
    walk.at("a[href$='/review']").click()
    walk.page.wait_for_url(re.compile("/review"))
    walk.look("review")


def amending(walk: Walk) -> None:
    page, review = walk.page, walk.page.url
    walk.at("td.id a").click()
    page.get_by_role("img").first.wait_for()
    walk.look("preview")
    walk.at(".stack details summary").click()
    walk.look("preview-deleting")
    name = page.locator("[name$='-name']").first
    before = name.input_value()
    name.fill("")
    walk.at("[data-amend] .button.primary").click()
    walk.look("amend-mistake")
    name.fill(before)
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[name$='-name']").first.fill(f"{before} {walk.words.more[0]}")
    other.locator("[data-amend] .button.primary").click()
    other.locator(".notice.good").wait_for()
    other.close()
    name.fill(f"{before} {walk.words.more[1]}")
    walk.at("[data-amend] .button.primary").click()
    page.locator(".differs").wait_for()
    walk.look("amend-conflict")
    page.goto(review)


def lists(walk: Walk) -> None:
    page, review = walk.page, walk.page.url
    walk.at(".ticked button.primary").click()
    walk.dialog("nothing-ticked")
    walk.close()
    page.locator("input[name=credential]").first.check()
    walk.look("review-ticked")
    walk.at(".ticked button.quiet").click()
    walk.dialog("delete-ticked")
    walk.close()
    walk.go("/credentials", "credentials")
    walk.at("form.tools details summary").click()
    walk.look("credentials-filters")
    walk.go("/credentials?state=draft", "credentials-filtered")
    page.locator("details:has(form[action*='/filters']) summary").last.click()
    walk.send("/credentials/filters", "save-filter-mistake")
    walk.go("/credentials?search=nobody", "credentials-no-match")
    page.goto(review)


def publishing(walk: Walk) -> None:
    page = walk.page
    page.locator("[data-tick-all]").check()
    walk.at(".ticked button.primary").click()
    walk.dialog("confirm")
    walk.close()
    page.evaluate("document.querySelector('form[data-dialog]').submit()")  # as without scripts
    page.wait_for_url("**/publications/confirm")
    walk.look("confirm-page")
    with standing_still(walk.system, "credential-store-rpc"):
        walk.send("/publications", "confirm-unavailable")
    with standing_still(walk.system, "mailer-worker"):
        walk.send("/publications")
        page.wait_for_url(PUBLICATION)
        count = page.locator("[data-count=published]")
        page.wait_for_function("count => count.textContent === '5'", arg=count.element_handle(), timeout=30_000)
        walk.look("publishing")
        walk.go("/credentials", "credentials-while-publishing")
        page.go_back()
        walk.at("[data-controls] > form button").click()
        page.wait_for_url(PUBLICATION)
        walk.look("paused")
        walk.at("[data-controls] details summary").click()
        walk.look("cancelling")
    walk.at("[data-controls] > form button").click()
    page.locator(".finished").wait_for(timeout=30_000)
    page.wait_for_load_state()
    walk.look("finished")


def stopping(walk: Walk) -> None:
    """A second batch, of one, stopped before its email."""
    page = walk.page
    walk.page.goto(f"{walk.home}/groups")
    page.locator("a[href*='create-credentials']").first.click()
    page.locator("[name$='-name']").first.fill(walk.words.people[0])
    page.locator("[name$='-email']").first.fill(f"stopped@{walk.host}")
    walk.at("[data-add]").click()
    page.locator(".block [name$='-name']").last.fill(walk.words.people[-1])
    page.locator(".block [name$='-email']").last.fill(f"deleted@{walk.host}")
    walk.at(".finish button.primary").click()
    page.wait_for_url(re.compile("/created/"))
    page.goto(f"{page.url}/review")
    page.get_by_role("row").filter(has_text="deleted@").locator("input[name=credential]").check()
    walk.at(".ticked button.quiet").click()
    page.get_by_role("dialog").locator("button.danger, button.primary").last.click()
    page.wait_for_url(re.compile("/credentials/delete/"))
    walk.look("deleted")
    page.locator(".actions a, main a.button").first.click()
    walk.at("td.id a").click()
    with standing_still(walk.system, "mailer-worker"):
        walk.at("form[action*='confirm'] button").click()
        page.get_by_role("dialog").locator("button.primary").click()
        page.wait_for_url(PUBLICATION)
        count = page.locator("[data-count=published]")
        page.wait_for_function("count => count.textContent === '1'", arg=count.element_handle(), timeout=30_000)
        walk.at("[data-controls] details summary").click()
        walk.at("[data-controls] details button").click()
        page.locator(".problems, [data-problems], main table").first.wait_for(timeout=30_000)
        walk.look("cancelled")


def afterwards(walk: Walk) -> None:
    page = walk.page
    walk.go("/publications", "publications")
    walk.go("/groups", "groups-published")
    page.locator(".groups h2 a").last.click()
    page.wait_for_load_state()
    walk.look("group")
    walk.at("td.id a").click()
    page.get_by_role("img").first.wait_for()
    walk.look("published")
    walk.send("/resend", "resent")
    page.locator("[name$='-name']").first.fill(walk.words.owner)
    walk.at("[data-amend] .button.primary").click()
    page.locator(".new-version").wait_for()
    walk.look("new-version")
    walk.at("form[action*='confirm'] button").click()
    walk.dialog("confirm-new-version")
    walk.close()
    walk.at(".new-version details summary").click()
    walk.look("new-version-discarding")


def mistakes(walk: Walk) -> None:
    walk.go("/nowhere", "not-found")
    walk.go("/credentials?cursor=nonsense", "bad-request")
    page = walk.page
    page.goto(f"{walk.home}/groups")
    page.evaluate("document.querySelector('.menu [name=csrf_token]').value = 'old'")
    page.evaluate("document.querySelector('.menu form').submit()")
    page.wait_for_url("**/sign-out")
    walk.look("stale-form")
    with standing_still(walk.system, "credential-store-rpc"):
        walk.go("/groups", "unavailable")


def recipients(walk: Walk) -> None:
    """What recipients get and see, in each language, and what strangers see."""
    public = walk.system["public_url"].rstrip("/")
    for language in LANGUAGES:
        mail, link = walk.link_in_mail(language.lower())
        walk.page.goto("about:blank")  # an email is no page of ours: no Content-Security-Policy
        walk.page.set_content(mail["html"])
        walk.look(f"email-{language}")
        walk.go(link, f"page-{language}")
    walk.go(f"{public}/c/{'a' * 26}", "public-not-found")
    walk.go(f"{public}/", "public-home")


def invitations(walk: Walk) -> None:
    """The end: somebody else takes the browser over."""
    _, link = walk.link_in_mail("guest")
    own = walk.dashboard + urlsplit(link).path
    walk.go(own, "invitation-for-somebody-else")
    walk.page.context.clear_cookies()
    walk.go(own, "invitation")
    walk.fill(name="", password="short", repeated="other")
    walk.at("form[action*='/invitation/'] button.primary").click()
    walk.look("invitation-mistake")
    walk.fill(name=walk.words.guest, password=PASSWORD, repeated=PASSWORD)
    walk.at("form[action*='/invitation/'] button.primary").click()
    walk.page.wait_for_url("**/groups")
    walk.look("groups-of-a-viewer")
    walk.go("/credentials", "credentials-of-a-viewer")
    walk.go("/groups/new", "not-permitted")


def the_guest_goes(walk: Walk) -> None:
    """Two owners' windows disagree about the guest's role; then the guest belongs to nobody."""
    sign_in(walk, f"owner@{walk.host}")
    walk.go("/settings/people", "people-with-guest")
    other = walk.page.context.new_page()
    other.goto(walk.page.url)
    for page, role in ((other, "drafter"), (walk.page, "publisher")):
        page.locator("form.role select").first.select_option(role)
        page.locator("form.role button").first.click()
        page.wait_for_load_state()
    walk.look("people-conflict")
    other.goto(f"{walk.home}/settings/people")
    other.locator("summary.danger").first.click()
    other.locator("form[action$='/remove'] button").first.click()
    other.wait_for_load_state()
    other.close()
    sign_in(walk, f"guest@{walk.host}")
    walk.look("no-organisation")


def operating(walk: Walk) -> None:
    """Who runs the installation sees how it is, and nobody's credentials."""
    caller = RpcClient(walk.system["amqp_uri"])
    try:
        email = f"operator@{walk.host}"
        request = operations.CreateOperator(
            actor=Actor(service="admin"), name=walk.words.owner, email=email, password=PASSWORD
        )
        caller.call(operations.CREATE_OPERATOR, request)
    finally:
        caller.close()
    sign_in(walk, email)
    walk.go(f"{walk.dashboard}/operations/", "operations")


def sign_in(walk: Walk, email: str) -> None:
    walk.page.context.clear_cookies()
    walk.page.goto(f"{walk.dashboard}/sign-in")
    walk.fill(email=email, password=PASSWORD)
    walk.at("main form button[type=submit]").click()
    walk.page.wait_for_url(lambda url: "sign-in" not in url)
