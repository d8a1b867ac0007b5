"""Configuration says everything that is wrong at once, and refuses what only suits a quick start."""

from pathlib import Path

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
    monkeypatch.delenv("CONFERRAL_SECRETS_DIR", raising=False)


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


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets in the shape that Kubernetes mounts: each file is a link into a folder that is swapped."""
    folder = tmp_path / "secrets"
    (folder / "..2026").mkdir(parents=True)
    (folder / "..data").symlink_to("..2026")
    files = {"conferral_amqp_uri": f"{OURS}\n", "conferral_workers": "3", "conferral_token": "t" * 32, "kek": "a key"}
    for name, value in files.items():
        (folder / "..2026" / name).write_text(value)
        (folder / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("CONFERRAL_SECRETS_DIR", str(folder))
    return folder


def test_what_the_environment_lacks_comes_from_the_folder_of_secrets(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFERRAL_READER_URL", "http://reader:8000")
    settings = load(Example)
    assert (settings.amqp_uri, settings.workers, settings.reader_url) == (OURS, 3, "http://reader:8000")


def test_the_environment_goes_before_the_folder_of_secrets(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFERRAL_READER_URL", "http://reader:8000")
    monkeypatch.setenv("CONFERRAL_WORKERS", "7")
    assert load(Example).workers == 7
    monkeypatch.setenv("CONFERRAL_WORKERS", "")
    assert load(Example).workers == 3


def test_a_secret_in_a_file_is_checked_and_not_repeated(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (secrets / "conferral_token").write_text("hunter4")
    with pytest.raises(ConfigurationError) as refused:
        load(Example)
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "CONFERRAL_READER_URL",
        "CONFERRAL_TOKEN",
    ]
    assert "hunter" not in str(refused.value) + capsys.readouterr().err


def test_a_folder_of_secrets_that_is_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFERRAL_SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError) as refused:
        load(Settings)
    assert refused.value.problems == ("CONFERRAL_SECRETS_DIR: must name a folder", "CONFERRAL_AMQP_URI: is missing")


def test_a_secret_that_cannot_be_read_is_named(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, **_options: str) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)  # root, who may run the tests, reads everything
    with pytest.raises(ConfigurationError, match=r"amqp_uri.*Permission denied"):
        load(Settings)


def test_a_list_that_is_no_json_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    class Waits(Settings):
        backoff: tuple[float, ...] = (1.0,)

    monkeypatch.setenv("CONFERRAL_BACKOFF", "hunter5")
    with pytest.raises(ConfigurationError, match=r"backoff.*malformed") as refused:
        load(Waits)
    assert "hunter5" not in str(refused.value)
