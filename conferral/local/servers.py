"""Private servers as processes: how a RabbitMQ node and a SecantusDB are started so that they disturb nobody.

For the supervisor and for the tests: programs, configuration, and whether they answer. A private node has a name,
ports, cookie and epmd of its own, and listens on loopback only.
"""

import os
import shutil
import socket
import struct
from pathlib import Path

from conferral.local.places import CHECKOUT
from conferral.local.ports import HOST
from conferral.local.program import Program

_ERLANG_LOOPBACK = "{127,0,0,1}"
# Debian's wrapper in /usr/sbin insists on root or the rabbitmq user, and switches HOME.
_BROKER_PLACES = ("/usr/lib/rabbitmq/bin", "/usr/local/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/opt/homebrew/sbin")
_STORE = CHECKOUT / ".local" / "store-venv" / "bin" / "secantusd-py"
_PROBE_SECONDS = 2.0


def find_broker() -> str | None:
    """Return the path of rabbitmq-server, or None if it is not installed."""
    folders = [folder for folder in _BROKER_PLACES if Path(folder).is_dir()]
    return shutil.which("rabbitmq-server", path=os.pathsep.join(folders)) or shutil.which("rabbitmq-server")


def find_store() -> str | None:
    """Return the path of the embedded store's program, or None if it is not installed (``make setup``)."""
    return str(_STORE) if _STORE.exists() else None


def prepare_broker(
    home: Path, user: str, password: str, management_port: int | None = None, *, vhost: str = "/", console: bool = False
) -> None:
    """Write a node's configuration into its home; the cookie, if there is none, is Erlang's to make.

    :param user: made at the node's first start, with ``vhost``; there is no guest.
    :param management_port: serve the management API there; None: leave the plugin off.
    :param console: log to standard output instead of files.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [
        f"default_user = {user}",
        f"default_pass = {password}",
        f"default_vhost = {vhost}",
        "loopback_users = none",
        "vm_memory_high_watermark.relative = 0.4",
        "disk_free_limit.absolute = 50MB",
        f"log.{'console' if console else 'file'}.level = warning",
        f"log.console = {str(console).lower()}",
        *(["log.file = false"] if console else []),
    ]
    if management_port is not None:
        lines += [f"management.tcp.ip = {HOST}", f"management.tcp.port = {management_port}"]
    configuration = home / "rabbitmq.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("\n".join(lines) + "\n")
    plugins = "[rabbitmq_management]." if management_port is not None else "[]."
    (home / "enabled_plugins").write_text(plugins + "\n")
    # the node's own host name resolves also where /etc/hosts has no localhost
    (home / "inetrc").write_text(f'{{host, {_ERLANG_LOOPBACK}, ["localhost"]}}.\n{{lookup, [file, native]}}.\n')


def broker(home: Path, node_port: int, dist_port: int, epmd_port: int, name: str) -> Program:
    """Return a node whose home ``prepare_broker`` made; its epmd must run already.

    :param name: node name before the ``@``; the host is localhost.
    :raises FileNotFoundError: RabbitMQ is not installed.
    """
    executable = find_broker()
    if executable is None:
        raise FileNotFoundError("rabbitmq-server")
    environment = _erlang_environment(home, epmd_port) | {
        "RABBITMQ_NODENAME": f"{name}@localhost",
        "RABBITMQ_NODE_PORT": str(node_port),
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_DIST_PORT": str(dist_port),
        "RABBITMQ_CONF_ENV_FILE": str(home / "no-environment-file"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "ERL_INETRC": str(home / "inetrc"),
        # Our own epmd is a child like the node; one that erl starts would outlive both.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            f"-start_epmd false -kernel inet_dist_use_interface {_ERLANG_LOOPBACK} +sbwt none +S 2:2"
        ),
    }
    return Program("broker", "broker", (executable,), "infrastructure", environment, priority=20, stop_seconds=4)


def epmd(home: Path, port: int) -> Program:
    """Return Erlang's port mapper, in the foreground and on loopback.

    Erlang starts one by itself where there is none, as a daemon that outlives everything: so ours is first.

    :raises FileNotFoundError: Erlang is not installed.
    """
    executable = shutil.which("epmd")
    if executable is None:
        raise FileNotFoundError("epmd")
    command = (executable, "-port", str(port), "-address", HOST)
    return Program("epmd", "port mapper", command, "infrastructure", _erlang_environment(home, port), priority=10)


def store(executable: str, data: Path, port: int) -> Program:
    """Return SecantusDB: journaled, a replica set of one, on loopback.

    It honours a journaled write concern for single writes, but not for transactions, of which a killed server loses the
    last ones: so it is told to write every commit to the disk before it answers.
    """
    address = ("--host", HOST, "--port", str(port))
    command = (executable, *address, "--storage-path", str(data), "--log-level", "WARNING", "--sync-on-commit")
    environment = {"HOME": str(data.parent)}
    # at its end it writes a checkpoint
    return Program("store", "store", command, "infrastructure", environment, priority=20, stop_seconds=4)


def broker_answers(port: int) -> bool:
    """Tell whether a broker on loopback answers the AMQP handshake."""
    return _answers(port, b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00")


def store_answers(port: int) -> bool:
    """Tell whether a MongoDB-protocol server on loopback says that it takes writes."""
    body = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
    document = struct.pack("<i", len(body) + 4) + body
    message = struct.pack("<iiiiIB", 21 + len(document), 1, 0, 2013, 0, 0) + document
    return _answers(port, message, b"\x08isWritablePrimary\x00\x01")


def _answers(port: int, question: bytes, answer: bytes) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=_PROBE_SECONDS) as connection:
            connection.sendall(question)
            return answer in connection.recv(4096)
    except OSError:
        return False


def _erlang_environment(home: Path, epmd_port: int) -> dict[str, str]:
    return {
        "HOME": str(home),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_CRASH_DUMP_SECONDS": "0",
    }
