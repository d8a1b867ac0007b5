"""How often a page calls the store: each call costs both sides milliseconds, so a list asks for everything at once."""

import pytest
from prometheus_client import REGISTRY

from tests.support.dashboards import Browser
from tests.support.installations import Tenant

BOTH = {"store.accounts.resume_session": 1, "store.credentials.ask_together": 1}


def calls() -> dict[str, float]:
    """Return how often each operation was called by this process so far."""
    return {
        sample.labels["operation"]: sample.value
        for metric in REGISTRY.collect()
        if metric.name == "conferral_rpc_calls"
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


@pytest.mark.parametrize(
    "path",
    [
        "/groups",
        "/groups?archived=yes",
        "/groups/{group}",
        "/groups/{group}?state=draft",
        "/credentials",
        "/credentials?search=ana&sort=name&group={group}",
        "/credentials?from=2026-11-01&state=incomplete&email=sent",
    ],
)
def test_a_list_is_two_calls(owner: Browser, tenant: Tenant, path: str) -> None:
    tenant.draft()
    before = calls()
    assert owner.get(f"/o/{tenant.id}{path.format(group=tenant.group_id)}").status_code == 200
    made = {name: count - before.get(name, 0) for name, count in calls().items()}
    assert {name: count for name, count in made.items() if count} == BOTH
