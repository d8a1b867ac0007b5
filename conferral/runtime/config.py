"""Configuration: one frozen object per service, read once, with all its problems told at once.

A setting is an environment variable, or else a file of the same name in lower case in a folder of secrets: that is how
containers are given what other processes and ``docker inspect`` should not see.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from conferral.runtime import crash_points

PREFIX = "CONFERRAL_"
SECRETS_DIR = f"{PREFIX}SECRETS_DIR"
"""Environment variable that names the folder of secrets."""
_SECRETS = "/run/secrets"
LogLevel = Literal["debug", "info", "warning", "error"]
_WEAK = frozenset({"", "changeme", "change-me", "default", "guest", "password", "secret"})


class ConfigurationError(SystemExit):
    """The environment does not configure this process. ``problems`` has one line for each; exits with code 2."""

    EXIT_CODE: ClassVar[int] = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(self.EXIT_CODE)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """All problems, one on each line."""
        return "\n".join(self.problems)


class ProcessSettings(BaseSettings):
    """What every process has. Variables carry the prefix ``CONFERRAL_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    # First, because the validators of the later fields ask for it.
    quick_start: bool = False
    """On loopback, for trying out: relaxes what is refused elsewhere."""
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0: any free port; the log says which."""
    log_level: LogLevel = "info"
    shutdown_grace: Annotated[float, Field(gt=0)] = 30.0
    """Seconds from SIGTERM to the end."""


class Settings(ProcessSettings):
    """What every process on the bus has."""

    amqp_uri: str
    """``amqp://user:password@host:port/vhost``."""

    @field_validator("amqp_uri")
    @classmethod
    def _is_a_broker_of_ours(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
            raise ValueError("must look like amqp://user:password@host:port/vhost")
        if not info.data.get("quick_start", False) and (parts.username in {None, "guest"} or not parts.password):
            raise ValueError("must name a broker user of its own with a password, not guest")
        return value


def refuse_weak_secret(value: str, info: ValidationInfo, at_least: int = 32) -> str:
    """Return the secret, for use in a field validator of a class derived from ProcessSettings.

    :param at_least: characters.
    :raises ValueError: outside the quick start, the secret is short or one of the usual defaults.
    """
    if not info.data.get("quick_start", False) and (value.lower() in _WEAK or len(value) < at_least):
        raise ValueError(f"must be a secret of at least {at_least} characters, and none of the usual defaults")
    return value


S = TypeVar("S", bound=ProcessSettings)


def load(cls: type[S]) -> S:
    """Read the environment and the folder of secrets once; the environment goes first.

    :raises ConfigurationError: something is missing or malformed; every problem is printed to stderr first, and left
        alone the exception ends the process with exit code 2.
    """
    named = os.environ.get(SECRETS_DIR)
    folder = Path(named or _SECRETS)
    problems = [f"{SECRETS_DIR}: must name a folder"] if named and not folder.is_dir() else []
    try:
        # a folder that is not there would be warned of, and outside containers there is none
        settings = cls(_secrets_dir=folder if folder.is_dir() else None)
    except ValidationError as error:
        problems += [_say(problem["loc"], problem["msg"]) for problem in error.errors(include_input=False)]
    except SettingsError as error:  # a file that cannot be read, JSON that is none; the cause's text may hold a secret
        cause = error.__cause__
        problems.append(f"{error}: {cause.strerror if isinstance(cause, OSError) else 'malformed'}")
    else:
        problems += _crash_points(settings)
        if not problems:
            return settings
    failure = ConfigurationError(problems)
    sys.stderr.write(f"This process is not configured:\n{failure}\n")
    raise failure


def _crash_points(settings: ProcessSettings) -> list[str]:
    """Arm the points at which a test kills this process; refused outside the quick start."""
    try:
        armed = crash_points.arm(os.environ)
    except ValueError as error:
        return [str(error)]
    return (
        [f"{crash_points.ARMED_BY}: is for tests, on the quick start only"]
        if armed and not settings.quick_start
        else []
    )


def _say(location: tuple[int | str, ...], text: str) -> str:
    name = ".".join(map(str, location)).upper()
    name = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
    return f"{name}: {'is missing' if text == 'Field required' else text.removeprefix('Value error, ')}"
