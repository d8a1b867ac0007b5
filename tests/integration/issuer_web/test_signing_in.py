"""Who is signed in, and for how long; where they go; what a form token is worth."""

from flask import Flask

from tests.support.dashboards import Browser, settled
from tests.support.installations import PASSWORD, Installation, Tenant, signed_in

ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/groups\\@evil.example",
    "http:evil.example",
)


def test_a_page_sends_a_stranger_to_sign_in_and_back(browser: Browser, tenant: Tenant) -> None:
    path = f"/o/{tenant.id}/credentials?search=ana&state=draft"
    refused = browser.get(path)
    assert refused.status_code == 303
    assert refused.location.startswith("/sign-in?next=")
    answer = browser.sign_in(tenant.owner.email, PASSWORD, refused.location)
    assert (answer.status_code, answer.location) == (303, path)
    assert browser.get(path).status_code == 200


def test_signing_in_never_leads_to_another_site(browser: Browser, tenant: Tenant) -> None:
    for elsewhere in ELSEWHERE:
        form = browser.form("/sign-in").filled(email=tenant.owner.email, password=PASSWORD)
        answer = browser.post("/sign-in", form.fields, query_string={"next": elsewhere})
        assert (answer.status_code, answer.location) == (303, "/"), elsewhere


def test_a_wrong_password_and_an_unknown_address_answer_alike(dashboard: Flask, tenant: Tenant) -> None:
    answers = [
        Browser(dashboard).sign_in(email, "not the password")
        for email in (tenant.owner.email, tenant.owner.email.replace("owner", "nobody"))
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert "Email or password is wrong." in answers[0].text
    assert settled(answers[0], tenant.owner.email) == settled(answers[1], tenant.owner.email.replace("owner", "nobody"))
    assert "not the password" not in answers[0].text


def test_asking_for_a_new_password_answers_alike_whoever_asks(dashboard: Flask, tenant: Tenant) -> None:
    pages = []
    for email in (tenant.owner.email, "nobody@example.org"):
        browser = Browser(dashboard)
        answer = browser.submit(browser.form("/forgot-password").filled(email=email))
        assert answer.status_code == 200
        pages.append(settled(answer, email))
    assert pages[0] == pages[1]


def test_signing_in_renews_the_session_and_signing_out_ends_it(dashboard: Flask, tenant: Tenant) -> None:
    browser = Browser(dashboard)
    form = browser.form("/sign-in")
    before = browser.cookie("conferral")
    browser.submit(form.filled(email=tenant.owner.email, password=PASSWORD))
    session = browser.cookie("conferral")
    assert before
    assert session
    assert session != before
    again = browser.sign_in(tenant.owner.email, PASSWORD)
    assert again.status_code == 303
    assert browser.cookie("conferral") != session, "a second sign-in is a new session"
    session = str(browser.cookie("conferral"))

    groups = f"/o/{tenant.id}/groups"
    left = browser.submit(browser.form(groups, "/sign-out"))
    assert (left.status_code, left.location) == (303, "/sign-in?done=signed-out")
    thief = Browser(dashboard)
    thief.keep("conferral", session)
    assert thief.get(groups).status_code == 303
    assert thief.get(groups).location.startswith("/sign-in")


def test_a_session_that_is_replaced_by_signing_in_again_is_dead(dashboard: Flask, tenant: Tenant) -> None:
    browser = signed_in(dashboard, tenant.owner)
    thief = Browser(dashboard)
    thief.keep("conferral", str(browser.cookie("conferral")))
    assert thief.get(f"/o/{tenant.id}/groups").status_code == 200
    browser.sign_in(tenant.owner.email, PASSWORD)
    assert thief.get(f"/o/{tenant.id}/groups").status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(dashboard: Flask, tenant: Tenant) -> None:
    cookie = Browser(dashboard).sign_in(tenant.owner.email, PASSWORD).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie.split("; "), "the quick start has no TLS"
    assert "Domain" not in cookie


def test_outside_the_quick_start_the_cookie_travels_over_tls_alone(running: Installation, tenant: Tenant) -> None:
    app = running.dashboard(
        quick_start=False, dashboard_url="https://issue.example", trusted_hosts="issue.example", secret_key="k" * 64
    )
    browser = Browser(app, "https://issue.example")
    form = browser.form("/sign-in").filled(email=tenant.owner.email, password=PASSWORD)
    answer = browser.submit(form, headers={"Referer": "https://issue.example/sign-in"})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-conferral=s.")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"]


def test_nothing_of_a_session_is_kept_in_caches(owner: Browser, tenant: Tenant) -> None:
    for path in ("/", "/sign-in", f"/o/{tenant.id}/groups", f"/o/{tenant.id}/nowhere"):
        assert owner.get(path).headers["Cache-Control"] == "no-store"


def test_a_static_file_sets_no_cookie(browser: Browser) -> None:
    page = browser.get("/sign-in").text
    sheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = browser.get(sheet)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_form_without_its_token_is_refused_and_changes_nothing(owner: Browser, tenant: Tenant) -> None:
    form = owner.form(f"/o/{tenant.id}/groups", "/sign-out").without("csrf_token")
    refused = owner.submit(form)
    assert refused.status_code == 400
    assert "This page was open for too long" in refused.text
    assert owner.get(f"/o/{tenant.id}/groups").status_code == 200, "still signed in"


def test_the_token_of_another_session_is_refused(owner: Browser, dashboard: Flask, tenant: Tenant) -> None:
    other = signed_in(dashboard, tenant.owner).form(f"/o/{tenant.id}/groups", "/sign-out")
    assert owner.submit(other).status_code == 400
    assert owner.get(f"/o/{tenant.id}/groups").status_code == 200


def test_a_foreign_host_is_refused(dashboard: Flask, browser: Browser) -> None:
    answer = dashboard.test_client().get("/sign-in", base_url="http://evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert browser.get("/sign-in", headers={"X-Forwarded-Host": "evil.example"}).status_code == 200


def test_security_headers_are_on_every_kind_of_answer(owner: Browser, browser: Browser, tenant: Tenant) -> None:
    for answer in (
        browser.get("/sign-in"),
        owner.get(f"/o/{tenant.id}/groups"),
        owner.get("/nowhere"),
        browser.get("/"),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
