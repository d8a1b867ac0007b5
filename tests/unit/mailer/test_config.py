import pytest

from conferral.runtime.config import ConfigurationError, load
from services.mailer.config import MailerSettings

GIVEN = {
    "CONFERRAL_AMQP_URI": "amqp://mailer:a-password@broker/conferral",
    "CONFERRAL_READER_URL": "http://reader:8802",
    "CONFERRAL_SMTP_HOST": "smtp.example.org",
}


def settings(monkeypatch: pytest.MonkeyPatch, **changes: str) -> MailerSettings:
    for name, value in (GIVEN | {f"CONFERRAL_{name}": value for name, value in changes.items()}).items():
        monkeypatch.setenv(name, value)
    return load(MailerSettings)


def test_a_password_is_never_sent_in_the_clear_outside_the_quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        settings(monkeypatch, SMTP_USER="u", SMTP_PASSWORD="p")
    assert settings(monkeypatch, SMTP_USER="u", SMTP_TLS="starttls").smtp_tls == "starttls"
    assert settings(monkeypatch, SMTP_USER="u", SMTP_TLS="none", QUICK_START="true").smtp_user == "u"


def test_the_password_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in repr(settings(monkeypatch, SMTP_TLS="tls", SMTP_USER="u", SMTP_PASSWORD="hunter2"))


@pytest.mark.parametrize(("rate", "window"), [("0", 10), ("100", 10), ("1", 5), ("0.01", 1)])
def test_a_low_rate_makes_windows_small(monkeypatch: pytest.MonkeyPatch, rate: str, window: int) -> None:
    assert settings(monkeypatch, SMTP_RATE=rate).paced_window == window
