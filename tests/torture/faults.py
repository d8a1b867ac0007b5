"""What is done to the system, each fault by its name; a seed decides which comes when."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from conferral.contracts.topology import COMMAND_QUEUES
from conferral.local.servers import find_broker
from conferral.runtime import amqp
from tests.torture.messages import poison, twice_and_shuffled
from tests.torture.system import LEASE, System

_LOOK_SECONDS = 1.5
_ROLES = {
    "mailer-worker": 5, "publisher-worker": 5, "credential-store-rpc": 4, "credential-store-relay": 3,
    "publisher-rpc": 1, "credential-store-reader": 1, "issuer-web-public": 1,
}  # fmt: skip
_IDLE_ROLES = frozenset({"publisher-rpc", "credential-store-reader", "issuer-web-public"})
"""Their work lasts for moments and leaves nothing behind: they are killed whatever they hold."""


@dataclass
class Faults:
    """Does one fault after the other, and counts them."""

    system: System
    dice: random.Random
    organisation_id: str
    kills: Counter[str] = field(default_factory=Counter)
    """By role, of processes that held work."""
    others: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def one(self) -> None:
        """Do one, chosen by weight."""
        self.do(self.dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0])

    def do(self, name: str) -> None:
        """Do this one, and say how long it took."""
        began = time.monotonic()
        _FAULTS[name](self)
        self.seconds[name] += time.monotonic() - began

    def kill_worker(self) -> None:
        """SIGKILL a process of a role that holds work."""
        role = self.dice.choices(list(_ROLES), list(_ROLES.values()))[0]
        name = self._holding(role)
        if name and self.system.kill(name):
            self.kills[role] += 1

    def kill_infrastructure(self, name: str) -> None:
        """SIGKILL broker or store while somebody works, and wait until all is ready again."""
        if self.system.kill(name):
            self.kills[name] += 1
        self._recover(name)

    def restart_broker(self) -> None:
        """SIGTERM it, as an upgrade does."""
        if pid := self.system.pid("broker"):
            os.kill(pid, signal.SIGTERM)
            self.others["broker restarted"] += 1
        self._recover("broker")

    def freeze(self) -> None:
        """SIGSTOP a working process for a moment."""
        role = self.dice.choice(list(COPIED))
        name = self._holding(role)
        if name and _stopped(self.system.pid(name), self.dice.uniform(0.3, 3.0)):
            self.others[f"{role} frozen"] += 1

    def zombie(self) -> None:
        """Let a working mailer or publisher sleep for longer than its lease, and go on as if nothing were."""
        role = self.dice.choice(["mailer-worker", "mailer-worker", "publisher-worker"])
        name = self._holding(role)
        if name and _stopped(self.system.pid(name), LEASE + 2.0):
            self.others[f"{role} asleep beyond its lease"] += 1

    def alarm(self) -> None:
        """Let the broker believe that memory or disk are short: it takes nothing from publishers."""
        kind = self.dice.choice(["memory", "disk"])
        set_it, lift_it = {
            "memory": (("set_vm_memory_high_watermark", "absolute", "1MB"), ("set_vm_memory_high_watermark", "0.4")),
            "disk": (("set_disk_free_limit", "1000TB"), ("set_disk_free_limit", "50MB")),
        }[kind]
        if self._rabbitmqctl(*set_it):
            self.others[f"{kind} alarm"] += 1
            time.sleep(self.dice.uniform(1.0, 4.0))
        self._rabbitmqctl(*lift_it)

    def delete_queue(self) -> None:
        """Delete a command queue with all that it holds."""
        queue = self.dice.choice(COMMAND_QUEUES)
        with suppress(Exception), self._channel() as channel:
            channel.queue_delete(queue.name)
            self.others["queue deleted"] += 1

    def repeat(self) -> None:
        """Deliver every command of the organisation once more, in another order."""
        with suppress(Exception), self._channel() as channel:
            sent = twice_and_shuffled(self.system, channel, self.organisation_id, self.dice)
            self.others["commands delivered again"] += sent

    def poison(self) -> None:
        """Put what nobody can read into the queues."""
        with suppress(Exception), self._channel() as channel:
            self.others["poison messages"] += poison(channel, self.dice)

    def _holding(self, role: str) -> str | None:
        names = self.system.names(role)
        self.dice.shuffle(names)
        if role in _IDLE_ROLES:
            return names[0]
        deadline = time.monotonic() + _LOOK_SECONDS
        while time.monotonic() < deadline:
            for name in names:
                if self.system.in_hand(name) > 0:
                    return name
            time.sleep(0.005)
        return None

    def _recover(self, name: str) -> None:
        deadline = time.monotonic() + 60
        while not self.system.pid(name) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.system.wait_ready()

    @contextmanager
    def _channel(self) -> Iterator[object]:
        connection = amqp.connect(self.system.running.addresses.amqp_uri, confirm=True)
        try:
            yield connection.default_channel
        finally:
            connection.collect()

    def _rabbitmqctl(self, *arguments: str) -> bool:
        program = Path(find_broker() or "").with_name("rabbitmqctl")
        pid = self.system.pid("broker")
        if not pid:
            return False
        environment = dict(
            entry.split("=", 1) for entry in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in entry
        )
        environment["RABBITMQ_CTL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}"
        run = subprocess.run(
            [str(program), "--node", environment["RABBITMQ_NODENAME"], *arguments],
            env=environment, capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        return run.returncode == 0


COPIED = ("mailer-worker", "publisher-worker", "credential-store-rpc", "credential-store-relay")


def _stopped(pid: int, seconds: float) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    return True


_FAULTS: Mapping[str, Callable[[Faults], None]] = {
    "kill": Faults.kill_worker,
    "kill broker": lambda faults: faults.kill_infrastructure("broker"),
    "kill store": lambda faults: faults.kill_infrastructure("store"),
    "restart broker": Faults.restart_broker,
    "freeze": Faults.freeze,
    "zombie": Faults.zombie,
    "alarm": Faults.alarm,
    "delete queue": Faults.delete_queue,
    "repeat": Faults.repeat,
    "poison": Faults.poison,
}
_WEIGHTS = {
    "kill": 80.0,
    "kill broker": 1.0,
    "kill store": 2.0,
    "restart broker": 1.0,
    "freeze": 5.0,
    "zombie": 1.5,
    "alarm": 1.0,
    "delete queue": 2.0,
    "repeat": 2.0,
    "poison": 3.0,
}
EVERY_KIND = tuple(name for name in _FAULTS if name != "kill")
