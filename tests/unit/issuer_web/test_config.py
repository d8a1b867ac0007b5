"""What the two roles refuse to run with, and which hosts they answer to."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.issuer_web.bootstrap import hosts
from services.issuer_web.config import DashboardSettings, PublicSettings, as_origin

RIGHT: dict[str, Any] = {
    "amqp_uri": "amqp://conferral:secret@broker/", "http_port": 80, "public_url": "https://c.example",
    "dashboard_url": "https://issue.example", "secret_key": "k" * 40, "trusted_hosts": "issue.example, www.example",
}  # fmt: skip


def test_hosts_are_separated_by_commas() -> None:
    settings = DashboardSettings(**RIGHT)
    assert hosts(settings, settings.dashboard_url) == ("issue.example", "www.example")
    assert settings.secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", "changeme"),
        ("secret_key", "short"),
        ("trusted_hosts", ""),
        ("dashboard_url", "http://issue.example"),
        ("dashboard_url", "https://issue.example/path"),
        ("public_url", "c.example"),
        ("http_threads", 0),
        ("trusted_proxies", 6),
        ("amqp_uri", "amqp://guest:guest@broker/"),
    ],
)
def test_outside_the_quick_start_weak_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        DashboardSettings(**{**RIGHT, name: value})


def test_the_quick_start_answers_to_this_machine_alone() -> None:
    settings = PublicSettings(
        quick_start=True, http_port=80, public_url="http://127.0.0.1:8801", reader_url="http://127.0.0.1:1"
    )
    assert set(hosts(settings, settings.public_url)) == {"127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("url", "origin"), [("https://c.example/", "https://c.example"), ("http://[::1]:80", "http://[::1]:80")]
)
def test_an_origin_is_scheme_and_host(url: str, origin: str) -> None:
    assert as_origin(url) == origin


@pytest.mark.parametrize(("locale", "kept"), [("de", "de"), ("pt_BR", "pt_BR")])
def test_the_dashboards_locale_is_one_that_exists(locale: str, kept: str) -> None:
    assert DashboardSettings(**RIGHT, dashboard_locale=locale).dashboard_locale == kept
    with pytest.raises(ValidationError, match="such as de"):
        DashboardSettings(**RIGHT, dashboard_locale="klingon")
