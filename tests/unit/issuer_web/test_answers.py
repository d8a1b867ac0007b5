"""Whatever a service answers with in words can be translated."""

import ast
from pathlib import Path

from services.issuer_web.domain.answers import ANSWERS

ERRORS = {"Conflict", "NotPermitted", "LimitExceeded", "InvalidInput", "NotAuthenticated", "NotFound"}
ROOT = Path(__file__).parents[3] / "services"


def raised() -> set[str]:
    """The fixed texts of all errors that are raised for people."""
    calls = (
        node
        for service in ("credential_store", "issuer_web")
        for path in (ROOT / service).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS
    )
    return {
        str(call.args[0].value)
        for call in calls
        if call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value
    }


def test_every_error_s_words_are_marked_for_translation() -> None:
    assert len(raised()) > 40
    assert raised() <= set(ANSWERS)
