"""The dashboard's cookies travel over TLS, or do not leave the machine."""

import pytest

from conferral.runtime.config import ConfigurationError, load
from services.issuer_web.config import DashboardSettings


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch):
    def put(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"CONFERRAL_{name.upper()}", value)

    monkeypatch.delenv("CONFERRAL_QUICK_START", raising=False)
    put(
        amqp_uri="amqp://conferral:a-password@broker:5672//",
        http_port="8000",
        public_url="http://localhost:8801",
        secret_key="s" * 48,
    )
    return put


@pytest.mark.parametrize(
    ("url", "hosts", "secure"),
    [
        ("https://issue.example.org", "issue.example.org", True),
        ("http://localhost:8800", "localhost,127.0.0.1", False),
        ("http://[::1]:8800", "localhost", False),
    ],
)
def test_cookies_travel_over_tls_or_stay_on_the_machine(configure, url: str, hosts: str, *, secure: bool) -> None:
    configure(dashboard_url=url, trusted_hosts=hosts)
    assert load(DashboardSettings).secure_cookies is secure


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://issue.example.org", "localhost"),
        ("http://localhost:8800", "localhost,issue.example.org"),
        ("http://192.0.2.7:8800", "192.0.2.7"),
        ("http://localhost.example.org", "localhost"),
    ],
)
def test_cookies_in_the_clear_are_refused(configure, url: str, hosts: str) -> None:
    configure(dashboard_url=url, trusted_hosts=hosts)
    with pytest.raises(ConfigurationError, match="must begin with https://"):
        load(DashboardSettings)
