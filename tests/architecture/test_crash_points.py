"""Every input and output of an adapter goes through a named crash point, so that a test can end the process there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = ("credential_store", "publisher", "mailer")
RUNTIME = ("amqp", "blobs", "command_worker", "outbox_publisher", "rpc_client", "rpc_filing")
PLACES = [
    *(path for service in SERVICES for path in sorted(Path(f"services/{service}/adapters").glob("*.py"))),
    *(Path(f"conferral/runtime/{name}.py") for name in RUNTIME),
]
IO_METHODS = frozenset(
    {
        # sockets and SMTP
        "send", "sendall", "sendto", "sendmsg", "recv", "recv_into", "connect", "getaddrinfo", "create_connection",
        "docmd", "getreply", "ehlo_or_helo_if_needed", "ehlo", "helo", "starttls", "login", "sendmail", "send_message",
        "mail", "rcpt", "data", "quit", "rset", "noop",
        # the bus
        "ensure_connection", "basic_publish", "basic_ack", "basic_reject", "basic_nack", "ack", "reject", "requeue",
        "consume", "queue_declare", "declare", "basic_get",
        # HTTP, files, processes
        "request", "urlopen", "read_text", "read_bytes", "write_text", "write_bytes", "open", "unlink", "rename",
        "Popen", "run", "check_call", "check_output", "receive", "fsync", "flock", "ftruncate", "write",
    }
)  # fmt: skip
PRODUCERS = frozenset({"Producer"})
"""``Producer(channel).publish(…)``; other ``publish`` are ports of ours, whose adapters are looked at themselves."""
NO_POINT = {
    ("design_process.py", "_processor_seconds"): "reads /proc about a child; nothing is left half done by it",
    ("rpc_client.py", "_is_served"): "a passive look, in the middle of a call that has points of its own",
    ("rpc_client.py", "_consume"): "the reply queue: a process that ends takes whoever waits for replies with it",
}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _io_calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        target, name = node.func.value, node.func.attr
        # what an object of ours offers under the same name is its own adapter's business
        if isinstance(target, ast.Name) and target.id in {"self", "vault", "amqp"}:
            continue
        producer = isinstance(target, ast.Call) and isinstance(target.func, ast.Name) and target.func.id in PRODUCERS
        if name in IO_METHODS or (name == "publish" and producer):
            yield node


def _points(function: ast.FunctionDef) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reached"
    ]


def uncovered(source: str, file: str) -> list[str]:
    """Return the I/O calls that no point of the same function goes before."""
    found = []
    for function in _functions(ast.parse(source)):
        first = min((point.lineno for point in _points(function)), default=1 << 30)
        found += [
            f"{file}:{call.lineno} {function.name}"
            for call in _io_calls(function)
            if call.lineno < first and (file, function.name) not in NO_POINT
        ]
    return found


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_every_io_call_of_an_adapter_goes_through_a_crash_point(path: Path) -> None:
    assert uncovered(path.read_text(), path.name) == []


def test_the_rule_finds_what_it_looks_for() -> None:
    assert uncovered("def f(sock):\n    sock.sendall(b'x')\n", "a.py") == ["a.py:2 f"]
    assert uncovered("def f(sock):\n    reached('a')\n    sock.sendall(b'x')\n", "a.py") == []
    assert uncovered("def f(sock):\n    sock.sendall(b'x')\n    reached('a')\n", "a.py") == ["a.py:2 f"]
    assert uncovered("def f(c):\n    Producer(c).publish(1)\n", "a.py") == ["a.py:2 f"]


def test_every_command_to_the_database_passes_the_crash_listener() -> None:
    """All of them leave through the driver: so there is one client, and it has the listener."""
    clients = {
        path: node
        for path in sorted(Path("services").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "MongoClient"
    }
    [(path, client)] = clients.items()
    assert path == Path("services/credential_store/adapters/database.py")
    [listeners] = [ast.unparse(keyword.value) for keyword in client.keywords if keyword.arg == "event_listeners"]
    assert "CrashListener()" in listeners


def test_every_exception_from_the_rule_is_still_there() -> None:
    there = {(path.name, function.name) for path in PLACES for function in _functions(ast.parse(path.read_text()))}
    assert set(NO_POINT) - there == set()


def test_names_of_points_are_literal_and_unique_within_their_function() -> None:
    for path in PLACES:
        for function in _functions(ast.parse(path.read_text())):
            names = [ast.unparse(point.args[0]) for point in _points(function)]
            assert all(name.startswith(("f'", "'")) for name in names), (path, names)
            assert len(names) == len(set(names)), (path, function.name)
