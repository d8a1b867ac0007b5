"""Settings of both roles, from the environment (prefix ``CONFERRAL_``)."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from pydantic import DirectoryPath, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import NoDecode

from conferral.runtime.config import ProcessSettings, Settings, refuse_weak_secret
from services.issuer_web.domain.languages import TRANSLATIONS

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WebSettings(ProcessSettings):
    """What both roles need."""

    http_host: str = "127.0.0.1"
    http_port: int
    http_threads: Annotated[int, Field(ge=1, le=64)] = 8
    public_url: str
    """Origin of the public pages, such as ``https://credentials.example``; no path."""
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names that the role answers to, separated by commas."""
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    """Proxies in front of the role that set ``X-Forwarded-For`` and ``X-Forwarded-Proto``."""

    @field_validator("trusted_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(host.strip() for host in value.split(",") if host.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        return as_origin(value)

    @model_validator(mode="after")
    def _names_its_hosts(self) -> Self:
        if not self.trusted_hosts and not self.quick_start:
            raise ValueError("CONFERRAL_TRUSTED_HOSTS is needed outside the quick start")
        return self


class DashboardSettings(WebSettings, Settings):
    """The role for issuers."""

    secret_key: SecretStr
    """Signs form tokens; sessions themselves live in the store."""
    dashboard_url: str
    dashboard_locale: str = "en"
    """Of the dashboard's own words, such as ``pt_BR``; for words, there must be a catalogue in ``translations``."""
    translations: DirectoryPath = TRANSLATIONS
    """Folder of catalogues: ``<locale>/LC_MESSAGES/dashboard.mo``."""

    @field_validator("dashboard_url")
    @classmethod
    def _dashboard_origin(cls, value: str) -> str:
        return as_origin(value)

    @field_validator("dashboard_locale")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return str(Locale.parse(value))
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError("must be a locale such as de or pt_BR") from error

    @field_validator("secret_key")
    @classmethod
    def _strong(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        refuse_weak_secret(value.get_secret_value(), info)
        return value

    @model_validator(mode="after")
    def _cookies_are_safe(self) -> Self:
        if not (self.quick_start or self.secure_cookies or self._answers_this_machine_only):
            raise ValueError(
                "CONFERRAL_DASHBOARD_URL must begin with https://, unless it and all trusted hosts are local"
            )
        return self

    @property
    def _answers_this_machine_only(self) -> bool:
        """Whether a browser elsewhere gets no answer, so that no cookie crosses a network."""
        return {urlsplit(self.dashboard_url).hostname, *self.trusted_hosts} <= _LOOPBACK

    @property
    def secure_cookies(self) -> bool:
        """Whether the browser may send cookies over TLS only."""
        return self.dashboard_url.startswith("https://")


class PublicSettings(WebSettings):
    """The role for recipients and everybody they show their credential to. It is not on the bus."""

    reader_url: str


def as_origin(value: str) -> str:
    """Return scheme and host of an address.

    :raises ValueError: it is not an http(s) origin.
    """
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be an http(s) address without a path")
    return f"{parts.scheme}://{parts.netloc}"
