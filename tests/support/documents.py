"""The standards that a credential's JSON is held against, read from ``tests/data``."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

DATA = Path(__file__).resolve().parents[1] / "data"


def achievement_schema() -> dict[str, Any]:
    """1EdTech's JSON schema."""
    schema: dict[str, Any] = json.loads((DATA / "ob_v3p0_achievementcredential_schema.json").read_text())
    return schema


def load_context(url: str, _options: object = None) -> dict[str, Any]:
    """PyLD's document loader, without a network: a context that is not there fails the test."""
    name = quote(url, safe="")
    path = DATA / "contexts" / (name if name.endswith(".json") else f"{name}.json")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": json.loads(path.read_text()),
    }
