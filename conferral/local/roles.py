"""Every role's command line and environment in the quick start."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conferral.local.ports import HOST
from conferral.local.program import Program
from conferral.local.run_file import Addresses
from conferral.local.secret_files import Secrets

GRACE_SECONDS = 5
"""For what a role holds when it is told to stop: the whole system is down within ten."""

SENDER_ADDRESS = "credentials@example.org"

_HOSTS = f"{HOST},localhost"

_ROLES = (
    # service, role, what else it needs
    ("credential_store", "rpc", ("store",)),
    ("credential_store", "relay", ("store",)),
    ("credential_store", "reader", ("store", "reader")),
    ("publisher", "worker", ("publisher",)),
    ("publisher", "rpc", ("publisher",)),
    ("mailer", "worker", ("mailer",)),
    ("issuer_web", "dashboard", ("dashboard",)),
    ("issuer_web", "public", ("public",)),
)

NAMES = tuple(f"{service.replace('_', '-')}-{role}" for service, role, _ in _ROLES)
PORT_NAMES = ("dashboard", "public", "reader", *(f"{name}-metrics" for name in NAMES))


@dataclass(frozen=True)
class Surroundings:
    """What the roles need to know of this installation."""

    addresses: Addresses
    ports: Mapping[str, int]
    secrets: Secrets
    journal: Path
    """Where mailers keep their journals."""

    @property
    def reader_url(self) -> str:
        """Where blobs and public documents are read."""
        return f"http://{HOST}:{self.ports['reader']}"


def store_environment(surroundings: Surroundings) -> dict[str, str]:
    """Return what the credential store needs; ``conferral migrate`` needs the same."""
    return _common(surroundings) | _settings(surroundings)["store"]


def role_programs(surroundings: Surroundings) -> list[Program]:
    """Return every role as a supervised program."""
    settings = _settings(surroundings)
    programs = []
    for name, (service, role, kinds) in zip(NAMES, _ROLES, strict=True):
        port = surroundings.ports[f"{name}-metrics"]
        environment = _common(surroundings) | {"CONFERRAL_METRICS_PORT": str(port)}
        for kind in kinds:
            environment |= settings[kind]
        programs.append(
            Program(
                name=name,
                role=role,
                command=(sys.executable, "-m", f"services.{service}", role),
                environment=environment,
                group="roles",
                ready=f"http://{HOST}:{port}/ready",
                metrics=f"http://{HOST}:{port}/metrics",
                stop_seconds=GRACE_SECONDS + 1,
                # a role finishes what its children do, so only it is told; what is left over is killed as a group
                stop_group=False,
            )
        )
    return programs


def _common(surroundings: Surroundings) -> dict[str, str]:
    return {
        "CONFERRAL_AMQP_URI": surroundings.addresses.amqp_uri,
        "CONFERRAL_METRICS_HOST": HOST,
        "CONFERRAL_QUICK_START": "true",
        "CONFERRAL_SHUTDOWN_GRACE": str(GRACE_SECONDS),
    }


def _settings(surroundings: Surroundings) -> dict[str, dict[str, str]]:
    addresses, ports, secrets = surroundings.addresses, surroundings.ports, surroundings.secrets
    reading = {"CONFERRAL_READER_URL": surroundings.reader_url}
    links = {"CONFERRAL_PUBLIC_URL": addresses.public_url, "CONFERRAL_DASHBOARD_URL": addresses.dashboard_url}
    blob_token = {"CONFERRAL_BLOB_TOKEN": secrets.blob_token}
    return {
        "store": links
        | blob_token
        | {
            "CONFERRAL_MONGODB_URI": addresses.mongodb_uri,
            "CONFERRAL_KEK_FILE": str(secrets.kek_file),
            # beside the secrets, and not in the database: by it a restored copy knows that it is one
            "CONFERRAL_EPOCH_FILE": str(secrets.kek_file.with_name("epoch")),
            "CONFERRAL_SENDER_ADDRESS": SENDER_ADDRESS,
        },
        "reader": _listen(ports["reader"]),
        "publisher": reading | blob_token,
        "mailer": reading
        | {
            "CONFERRAL_SMTP_HOST": addresses.smtp_host,
            "CONFERRAL_SMTP_PORT": str(addresses.smtp_port),
            "CONFERRAL_SMTP_TLS": "none",
            "CONFERRAL_JOURNAL_DIR": str(surroundings.journal),
        },
        "dashboard": links
        | _listen(ports["dashboard"])
        | {"CONFERRAL_SECRET_KEY": secrets.secret_key, "CONFERRAL_TRUSTED_HOSTS": _HOSTS},
        "public": links | reading | _listen(ports["public"]) | {"CONFERRAL_TRUSTED_HOSTS": _HOSTS},
    }


def _listen(port: int) -> dict[str, str]:
    return {"CONFERRAL_HTTP_HOST": HOST, "CONFERRAL_HTTP_PORT": str(port)}
