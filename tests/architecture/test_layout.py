"""The shape that docs/architecture.md promises: rooms by their names, short files, borders that hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = ("issuer_web", "credential_store", "publisher", "mailer")
LONGEST_FILE = 300
LONGEST_FUNCTION = 45
PRODUCT = [
    path
    for folder in ("conferral", "services", "plugins", "benchmarks", "deploy")
    for path in sorted(Path(folder).rglob("*.py"))
    if not {"tests", "build", "data"} & set(path.parts)
]


@pytest.mark.parametrize("service", SERVICES)
def test_the_four_services_have_the_same_shape(service: str) -> None:
    folder = Path("services") / service
    for name in ("__init__.py", "__main__.py", "bootstrap.py", "config.py", "ports.py"):
        assert (folder / name).is_file(), f"{folder / name} is missing"
    for name in ("adapters", "entrypoints"):
        assert (folder / name).is_dir(), f"{folder / name}/ is missing"
    assert (folder / "handlers.py").is_file() or (folder / "handlers").is_dir()


def test_files_tell_one_story() -> None:
    long = {str(path): lines for path in PRODUCT if (lines := len(path.read_text().splitlines())) > LONGEST_FILE}
    assert long == {}


def test_functions_are_short() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": size
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_import_hides_inside_a_function() -> None:
    """A cycle dodged by a late import is still a cycle. Entry points choose their role's modules late, by design."""
    hidden = [
        f"{path}:{inner.lineno}"
        for path in PRODUCT
        if path.name != "__main__.py" and path.parts[:2] != ("conferral", "cli")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_designs_import_the_design_api_only() -> None:
    wrong = [
        f"{path}: {name}"
        for path in sorted(Path("plugins").rglob("*.py"))
        if "build" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imported(node)
        if name.split(".")[0] in {"conferral", "services"}
    ]
    assert wrong == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


EVERYTHING_IMPORTS = """
import importlib, pkgutil, socket, sys, warnings
warnings.simplefilter("ignore")

def refuse(*_args, **_kwargs):
    raise AssertionError("a module opened a socket when it was imported")

socket.socket.connect = refuse
socket.socket.bind = refuse
failed = []
for root in sys.argv[1:]:
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        # these two do something when they are run or imported, by their very purpose
        if module.name.endswith((".__main__", "eventlet_patch")):
            continue
        importlib.import_module(module.name)
print("imported")
"""


def test_importing_everything_does_no_io() -> None:
    roots = ["conferral", *(f"services.{name}" for name in SERVICES)]
    run = subprocess.run(
        [sys.executable, "-c", EVERYTHING_IMPORTS, *roots], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip().endswith("imported")


@pytest.mark.parametrize("role", ["services.mailer.bootstrap", "services.issuer_web.bootstrap"])
def test_eventlet_stays_out_of_processes_that_serve_no_rpc(role: str) -> None:
    code = f"import sys, {role}; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_import_borders_hold() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout[-3000:]
