"""Real design processes, and designs that do what they should not."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conferral.contracts.canonical import digest_of
from conferral.contracts.errors import DesignFailed, DesignNotInstalled
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.previews import DesignDeclaration
from services.publisher.adapters.design_host import DesignHost
from services.publisher.adapters.design_process import Allowance, DesignLost, DesignProcess
from services.publisher.domain.design import Completion, Failure, Recipient
from tests.support.designs import MISBEHAVING, PRINTING, install, misbehaving, plain

ALLOWANCE = Allowance(wall=3.0, processor=1, memory=512, load=3.0)
PATIENT = Allowance(wall=20.0, processor=1)
GROUP = GroupProfile(id=new_id(), name="Beekeeping", description="", criteria="")
ORGANISATION = OrganisationProfile(
    id=new_id(), name="Tern", did="did:web:x", timezone="UTC", sender_name="Tern", sender_address="a@tern.example"
)
NAMES = ("Ana", "a bad one", "Noé", "李小龍")

Host = Callable[..., DesignHost]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def host(site: Path) -> Iterator[Host]:
    hosts: list[DesignHost] = []

    def make(allowance: Allowance = ALLOWANCE, processes: int = 1) -> DesignHost:
        hosts.append(DesignHost(allowance, processes, [str(site)]))
        return hosts[-1]

    yield make
    for one in hosts:
        one.close()


def pin(plugin: str, version: str = "1.0") -> DesignPin:
    return DesignPin(plugin_id=plugin, plugin_version=version, options={}, digest=digest_of(plugin.encode()))


def recipients(*names: str) -> list[Recipient]:
    return [Recipient(new_id(), name, "https://x.example/c/1", "2026-11-23", None, {}) for name in names]


def completed(host: DesignHost, plugin: str, *names: str, patience: float = 30.0) -> list[Completion | Failure]:
    compiled = host.compile(pin(plugin), "en", "ltr", ORGANISATION, GROUP)
    return host.complete(pin(plugin), compiled.state, recipients(*names), patience)


REASONS = {
    "raises": "the design raised ValueError: no place (raises_design.py, line",
    "leaves": "the design raised SystemExit: 3",
    "exits": "the design's process ended with status 3",
    "crashes": "the design's process ended by signal SIGSEGV",
    "hangs": "the design took longer than 3 seconds",
    "burns": "the design's process ended: it used more than 1 seconds of processor time",
    "eats": "the design raised MemoryError",
    "recurses": "the design raised RecursionError",
    "rubbish": "the design wrote not JSON where its answer belongs",
    "forges": "the design wrote something else where its answer belongs",
    "closes": "the design",
    "objects": "the design raised TypeError: object has no form in JSON",
    "nothing": "complete() returned something unexpected at its top",
    "infinite": "the design raised ValueError: Out of range float",
    "shapeless": "complete() returned something unexpected at runs.0.text.x",
}


@pytest.mark.parametrize("plugin", MISBEHAVING)
def test_a_design_that_misbehaves_fails_that_recipient_only_and_says_why(plugin: str, site: Path, host: Host) -> None:
    install(site, plugin, misbehaving(plugin, MISBEHAVING[plugin]))
    # burning on a busy machine, a process may take long to use up a second of processor time
    result = completed(host(PATIENT if plugin == "burns" else ALLOWANCE), plugin, *NAMES)
    failures = [one.message for one in result if isinstance(one, Failure)]
    assert [isinstance(one, Completion) for one in result] == [True, False, True, True]
    assert failures[0].startswith(f"{plugin} 1.0: ")
    assert REASONS[plugin] in failures[0]
    assert [one.alternative for one in result if isinstance(one, Completion)] == [
        f"Beekeeping: {name}" for name in NAMES if "bad" not in name
    ]


def test_what_a_design_prints_or_reads_goes_nowhere(site: Path, host: Host) -> None:
    install(site, "prints", misbehaving("prints", PRINTING.strip()))
    result = completed(host(), "prints", *NAMES)
    assert [one.alternative for one in result if isinstance(one, Completion)][1] == "printed"


def test_one_process_is_used_again_until_it_is_lost(site: Path, host: Host) -> None:
    install(site, "exits", misbehaving("exits", MISBEHAVING["exits"]))
    designs = host()
    first, again = (designs.compile(pin("exits"), "en", "ltr", ORGANISATION, GROUP).state["pid"] for _ in range(2))
    assert first == again
    completed(designs, "exits", "bad")
    assert designs.compile(pin("exits"), "en", "ltr", ORGANISATION, GROUP).state["pid"] != first
    assert not Path(f"/proc/{first}").exists()


def test_a_process_is_replaced_after_its_share_of_calls(site: Path, host: Host) -> None:
    install(site, "plain", plain("plain"))
    designs = host(Allowance(calls=2))
    used = {designs.compile(pin("plain"), "en", "ltr", ORGANISATION, GROUP).state["pid"] for _ in range(4)}
    assert len(used) > 1


def test_processor_time_is_counted_per_call_and_not_per_process(site: Path, host: Host) -> None:
    burn = "end = time.process_time() + 0.6\n        while time.process_time() < end: pass\n        return None"
    install(site, "busy", misbehaving("busy", burn))
    designs = host(PATIENT)
    for _ in range(4):
        (one,) = completed(designs, "busy", "bad")
        assert isinstance(one, Failure)
        assert "unexpected at its top" in one.message


def test_whoever_is_not_reached_in_time_fails_and_says_so(site: Path, host: Host) -> None:
    install(site, "hangs", misbehaving("hangs", MISBEHAVING["hangs"]))
    began = time.monotonic()
    result = completed(host(), "hangs", "bad 1", "bad 2", "bad 3", "bad 4", patience=4.0)
    assert time.monotonic() - began < 12
    messages = [one.message for one in result if isinstance(one, Failure)]
    assert len(messages) == 4
    assert "was not drawn" in messages[-1]


def test_a_design_that_exits_for_everybody_uses_up_only_a_few_processes(site: Path, host: Host) -> None:
    install(site, "exits", misbehaving("exits", MISBEHAVING["exits"]))
    result = completed(host(), "exits", *[f"bad {number}" for number in range(50)])
    messages = [one.message for one in result if isinstance(one, Failure)]
    assert len(messages) == 50
    assert sum("status 3" in message for message in messages) <= 5


BROKEN = {
    "misspelt": plain("misspelt").replace("conferral_register_designs", "conferral_register_desings"),
    "unmarked": plain("unmarked").replace("@hookimpl", ""),
    "older": plain("older") + "\napi_version = 0\n",
    "raising": "raise RuntimeError('no licence')",
    "missing": "import a_module_that_is_not_there",
    "exiting": "import os; os._exit(0)",
    "hanging": "import time; time.sleep(600)",
    "strange": plain("strange").replace("return [Plain()]", "return [42]"),
    "twice": plain("twice").replace("return [Plain()]", "return [Plain(), Plain()]"),
    "nameless": plain("nameless").replace('description = ""', "description = 7"),
    "plain2": plain("plain"),
}
PROBLEMS = {
    "misspelt": "conferral_register_desings",
    "unmarked": "it registered no designs",
    "older": "version 0 of the design API",
    "raising": "RuntimeError: no licence",
    "missing": "ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
    "exiting": "the design's process ended",
    "hanging": "took longer than 3 seconds",
    "strange": "it registered int",
    "twice": "two designs with the id twice",
    "nameless": "it declares something that is no design",
    "plain2": "the id plain is taken by plain-design 1.0",
}


def test_distributions_that_do_not_load_are_listed_with_their_error_beside_those_that_do(
    site: Path, host: Host
) -> None:
    install(site, "plain", plain("plain"))
    for name, source in BROKEN.items():
        install(site, name, source)
    listed: dict[str, DesignDeclaration] = {one.origin: one for one in host().installed()}
    good = listed["plain-design 1.0"]
    assert (good.plugin_id, good.plugin_version, good.error) == ("plain", "1.0", None)
    assert [(one.key, one.public) for one in good.attributes] == [("grade", True), ("number", False)]
    for name, problem in PROBLEMS.items():
        error = listed[f"{name}-design 1.0"].error
        assert error is not None, name
        assert problem in error
    assert {"classic", "minimal"} <= {one.plugin_id for one in listed.values() if one.error is None}


def test_a_version_that_is_not_installed_is_not_replaced_by_another(site: Path, host: Host) -> None:
    install(site, "plain", plain("plain"))
    designs = host()
    for missing in (pin("plain", "1.1"), pin("gone")):
        with pytest.raises(DesignNotInstalled):
            designs.compile(missing, "en", "ltr", ORGANISATION, GROUP)


def test_a_design_that_fails_to_compile_is_named(site: Path, host: Host) -> None:
    source = plain("thin").replace("width=300", "width='wide'")
    install(site, "thin", source)
    with pytest.raises(DesignFailed, match=r"thin 1\.0: compile\(\) returned something unexpected at width"):
        host().compile(pin("thin"), "en", "ltr", ORGANISATION, GROUP)


PEEK = """
        import json
        seen = {
            "environment": sorted(os.environ),
            "descriptors": sorted(os.listdir("/proc/self/fd")),
            "modules": sorted(m for m in sys.modules if m.split(".")[0] in {"services", "conferral", "kombu"}),
            "session": os.getsid(0) == os.getpid(),
            "status": [l for l in open("/proc/self/status") if l.startswith("NoNewPrivs")],
        }
        try:
            with open("/tmp/conferral-design-wrote", "w") as file:
                file.write("x")
            seen["written"] = True
        except OSError:
            seen["written"] = False
        return Completion((), alternative=json.dumps(seen))
"""


def test_a_design_process_has_nothing_of_ours(site: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFERRAL_BLOB_TOKEN", "secret")
    with socket.socket() as open_elsewhere:
        os.set_inheritable(open_elsewhere.fileno(), True)  # noqa: FBT003 - the function's own positional
        install(site, "peeks", misbehaving("peeks", PEEK.strip()))
        (one,) = completed(host(), "peeks", "bad")
    assert isinstance(one, Completion)
    seen = json.loads(one.alternative)
    assert set(seen["environment"]) <= {"HOME", "LANG", "PATH", "PYTHONHASHSEED", "LC_CTYPE"}
    # standard input, output and error, the channel, and the listing itself
    assert len(seen["descriptors"]) == 5
    assert [name for name in seen["modules"] if not name.startswith("services.publisher.design_child")] == [
        "services",
        "services.publisher",
    ]
    assert seen["session"]
    assert seen["status"] == ["NoNewPrivs:\t1\n"]
    assert not seen["written"]


def test_processes_work_at_the_same_time_up_to_their_number(site: Path, host: Host) -> None:
    install(
        site,
        "plain",
        plain("plain").replace(
            "def one(",
            "def one(self, state, r):\n        time.sleep(0.4); return self.other(state, r)\n\n    def other(",
        ),
    )
    designs = host(Allowance(), processes=2)
    state = designs.compile(pin("plain"), "en", "ltr", ORGANISATION, GROUP).state
    results: list[list[Completion | Failure]] = []

    def draw() -> None:
        results.append(designs.complete(pin("plain"), state, recipients("Ana"), 20.0))

    threads = [threading.Thread(target=draw) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [isinstance(one, Completion) for (one,) in results] == [True] * 6


def test_a_design_process_ends_with_its_publisher() -> None:
    process = DesignProcess(ALLOWANCE)
    assert process.close() is None
    with pytest.raises(DesignLost):
        process.call("installed", {})
