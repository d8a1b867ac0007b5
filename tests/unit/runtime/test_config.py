"""Configuration says everything that is wrong at once, and refuses what only suits a quick start."""

import pytest
from pydantic import ValidationInfo, field_validator

from conferral.runtime.config import ConfigurationError, ProcessSettings, Settings, load, refuse_weak_secret

OURS = "amqp://conferral:a-password@broker:5672/conferral"


class Example(Settings):
    reader_url: str
    workers: int = 1
    token: str = ""

    @field_validator("token")
    @classmethod
    def _is_strong(cls, value: str, info: ValidationInfo) -> str:
        return refuse_weak_secret(value, info)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMQP_URI", "QUICK_START", "METRICS_PORT", "LOG_LEVEL", "READER_URL", "WORKERS", "TOKEN"):
        monkeypatch.delenv(f"CONFERRAL_{name}", raising=False)


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONFERRAL_METRICS_PORT", "70000")
    monkeypatch.setenv("CONFERRAL_LOG_LEVEL", "loud")
    monkeypatch.setenv("CONFERRAL_WORKERS", "many")
    monkeypatch.setenv("CONFERRAL_TOKEN", "changeme")
    with pytest.raises(ConfigurationError) as refused:
        load(Example)
    told = capsys.readouterr().err
    for name in ("METRICS_PORT", "LOG_LEVEL", "AMQP_URI", "READER_URL", "WORKERS", "TOKEN"):
        assert sum(line.startswith(f"CONFERRAL_{name}: ") for line in refused.value.problems) == 1
        assert f"CONFERRAL_{name}" in told
    assert "CONFERRAL_AMQP_URI: is missing" in refused.value.problems
    assert refused.value.code == 2


def test_a_refusal_does_not_repeat_secrets(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONFERRAL_AMQP_URI", "amqp://guest:hunter2@broker/")
    monkeypatch.setenv("CONFERRAL_TOKEN", "hunter3")
    with pytest.raises(ConfigurationError) as refused:
        load(Example)
    assert "hunter" not in str(refused.value) + capsys.readouterr().err


@pytest.mark.parametrize(
    "uri", ["amqp://guest:guest@broker/", "amqp://broker/", "amqp://conferral@broker/", "http://broker/", "broker"]
)
def test_a_broker_without_a_user_of_our_own_is_refused(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("CONFERRAL_AMQP_URI", uri)
    with pytest.raises(ConfigurationError, match="CONFERRAL_AMQP_URI"):
        load(Settings)


def test_the_quick_start_allows_what_is_refused_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFERRAL_QUICK_START", "true")
    monkeypatch.setenv("CONFERRAL_AMQP_URI", "amqp://guest:guest@127.0.0.1/")
    monkeypatch.setenv("CONFERRAL_READER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CONFERRAL_TOKEN", "short")
    assert load(Example).token == "short"


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFERRAL_AMQP_URI", OURS)
    settings = load(Settings)
    assert (settings.metrics_host, settings.metrics_port, settings.shutdown_grace) == ("127.0.0.1", 0, 30.0)
    with pytest.raises(ValueError, match="frozen"):
        settings.log_level = "debug"


def test_a_process_without_the_bus_needs_no_broker() -> None:
    assert load(ProcessSettings).quick_start is False
