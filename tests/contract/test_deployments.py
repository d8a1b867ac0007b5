"""docker-compose.yml and deploy/kubernetes give every role the settings that it needs, and none that nobody reads."""

import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from conferral.runtime.config import PREFIX, Settings
from services.credential_store.config import StoreSettings
from services.issuer_web.config import DashboardSettings, PublicSettings, WebSettings
from services.mailer.config import MailerSettings
from services.publisher.config import PublisherSettings

SETTINGS: dict[str, type[Settings | WebSettings]] = {
    "store-rpc": StoreSettings,
    "store-relay": StoreSettings,
    "store-reader": StoreSettings,
    "publisher": PublisherSettings,
    "publisher-rpc": PublisherSettings,
    "mailer": MailerSettings,
    "dashboard": DashboardSettings,
    "public": PublicSettings,
}
KNOWN = {field for settings in SETTINGS.values() for field in settings.model_fields}
COMPOSE = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
CONFIGURED = yaml.safe_load(Path("deploy/kubernetes/configmap.yaml").read_text())["data"]
DEPLOYMENTS: dict[str, dict[str, Any]] = {
    document["metadata"]["name"]: document["spec"]["template"]["spec"]
    for document in yaml.safe_load_all(Path("deploy/kubernetes/roles.yaml").read_text())
    if document["kind"] == "Deployment"
}


def names(variables: dict[str, object]) -> set[str]:
    return {name.upper().removeprefix(PREFIX).lower() for name in variables}


def compose_secrets(service: str) -> set[str]:
    """Return the files that the service finds in /run/secrets."""
    made = runpy.run_path("deploy/compose/make_secrets.py")
    volumes = [volume.split(":")[0] for volume in COMPOSE[service]["volumes"]]
    owners = [volume.removesuffix("-secrets") for volume in volumes]
    return {name for owner in owners for name in (made["MADE"] if owner == made["STORE"] else made["COPIED"][owner])}


def kubernetes_secrets(role: str) -> set[str]:
    volumes = [volume["secret"] for volume in DEPLOYMENTS[role]["volumes"] if "secret" in volume]
    return {item["path"] for volume in volumes for item in volume["items"]}


def test_kubernetes_runs_the_roles_that_compose_runs_from_the_same_images() -> None:
    in_kubernetes = {
        role: (spec["containers"][0]["image"], spec["containers"][0]["args"]) for role, spec in DEPLOYMENTS.items()
    }
    in_compose = {role: (COMPOSE[role]["image"], COMPOSE[role]["command"]) for role in SETTINGS}
    for role in ("publisher", "publisher-rpc"):
        in_compose[role] = ("conferral/publisher:latest", COMPOSE[role]["command"])
    assert in_kubernetes == in_compose


@pytest.mark.parametrize("role", SETTINGS)
@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_each_role_has_what_it_needs(role: str, where: str) -> None:
    variables = COMPOSE[role]["environment"] if where == "compose" else CONFIGURED
    secrets = compose_secrets(role) if where == "compose" else kubernetes_secrets(role)
    given = names(variables) | names(dict.fromkeys(secrets - {"kek"}))
    needed = {name for name, field in SETTINGS[role].model_fields.items() if field.is_required()}
    assert needed <= given
    assert given <= KNOWN
    assert ("kek" in secrets) == (SETTINGS[role] is StoreSettings), "designs and pages are kept away from the key"


def test_only_services_that_serve_pages_or_mail_reach_beyond_the_system() -> None:
    outward = {name for name, service in COMPOSE.items() if "edge" in service.get("networks", [])}
    assert outward == {"dashboard", "public", "mailer", "mailpit"}
    with_the_database = {name for name, service in COMPOSE.items() if "data" in service.get("networks", [])}
    assert with_the_database == {"mongo", "migrate", "store-rpc", "store-relay", "store-reader"}
