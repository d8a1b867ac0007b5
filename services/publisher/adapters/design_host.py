"""The port ``Designs`` by confined processes: one recipient's failure is nobody else's."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.edition import Direction
from conferral.contracts.errors import DesignFailed, DesignNotInstalled
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.wording import Part
from services.publisher.adapters.design_inventory import DesignInventory
from services.publisher.adapters.design_pool import DesignPool, Entry
from services.publisher.adapters.design_process import Allowance, DesignLost, DesignProcess, DesignRaised
from services.publisher.domain.design import CompiledDesign, Completion, Failure, Recipient

_MOST_LOSSES = 5
"""Processes that one batch may use up; whoever has not been drawn by then fails."""


@dataclass
class _Work:
    """One call of ``complete``, and what is left of its time and its processes."""

    entry: Entry
    pin: DesignPin
    state: dict[str, Any]
    digest: str
    deadline: float
    losses: int = 0


class DesignHost:
    """Installed designs behind a pool of processes. Thread-safe."""

    def __init__(self, allowance: Allowance, processes: int, paths: Sequence[str] = ()) -> None:
        """Start nothing yet.

        :param processes: how many may work at the same time.
        :param paths: more folders in which distributions are looked for, besides the interpreter's own.
        """
        self._allowance = allowance
        self._pool = DesignPool(allowance, processes, paths)
        self._inventory = DesignInventory(self._pool)

    def installed(self) -> Sequence[DesignDeclaration]:
        """Return every design and every distribution that would not load, with its error."""
        return self._inventory.declarations()

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    def compile(
        self,
        pin: DesignPin,
        language: str,
        direction: Direction,
        organisation: OrganisationProfile,
        group: GroupProfile,
        wording: Mapping[Part, str] | None = None,
    ) -> CompiledDesign:
        """Make what all recipients share.

        :raises DesignNotInstalled, DesignFailed: see the port.
        """
        data = {
            "design": pin.plugin_id,
            "options": pin.options,
            "language": language,
            "direction": direction,
            "issuer": {"name": organisation.name, "url": organisation.url},
            "achievement": {"name": group.name, "description": group.description, "criteria": group.criteria},
            "wording": dict(wording or {}),
        }
        try:
            with self._pool.process(self._inventory.find(pin)) as (process, declared):
                _require(pin, declared)
                # A second's work, once; the allowance is meant for a batch.
                answer = process.call("compile", data, 2 * self._allowance.wall)
            return CompiledDesign.model_validate(answer)
        except (DesignLost, DesignRaised) as error:
            raise DesignFailed(f"{_called(pin)}: {error}") from None
        except ValidationError as error:
            raise DesignFailed(f"{_called(pin)}: compile() returned {_first_problem(error)}") from None

    def complete(
        self, pin: DesignPin, state: dict[str, Any], recipients: Sequence[Recipient], patience: float
    ) -> list[Completion | Failure]:
        """Draw the recipients, in their order; see the port.

        A batch that fails is repeated one by one, so that a failure, even a hang, is its own recipient's.
        """
        entry = self._inventory.find(pin)
        digest = digest_of(canonical_json(state))
        work = _Work(entry, pin, state, digest, time.monotonic() + patience)
        try:
            return self._call(work, recipients)
        except (DesignLost, DesignRaised):
            return [self._single(work, recipient) for recipient in recipients]

    def _single(self, work: _Work, recipient: Recipient) -> Completion | Failure:
        try:
            return self._call(work, [recipient])[0]
        except (DesignLost, DesignRaised) as error:
            return Failure(f"{_called(work.pin)}: {error}")

    def _call(self, work: _Work, recipients: Sequence[Recipient]) -> list[Completion | Failure]:
        remaining = work.deadline - time.monotonic()
        if remaining <= 0 or work.losses >= _MOST_LOSSES:
            raise DesignRaised("the design failed so often before this credential that it was not drawn")
        try:
            with self._pool.process(work.entry) as (process, declared):
                _require(work.pin, declared)
                answer = process.call("complete", _request(work, process, recipients), min(remaining, self._wall))
        except DesignLost:
            work.losses += 1
            raise
        if not isinstance(answer, list) or len(answer) != len(recipients):
            raise DesignRaised(f"complete() did not return {len(recipients)} completions for as many recipients")
        return [_validated(work.pin, one) for one in answer]

    @property
    def _wall(self) -> float:
        return self._allowance.wall


def _request(work: _Work, process: DesignProcess, recipients: Sequence[Recipient]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "design": work.pin.plugin_id,
        "digest": work.digest,
        "recipients": [asdict(recipient) for recipient in recipients],
    }
    if work.digest not in process.known:
        process.remember(work.digest)
        data["state"] = work.state
    return data


def _validated(pin: DesignPin, answer: object) -> Completion | Failure:
    try:
        return Completion.model_validate(answer)
    except ValidationError as error:
        return Failure(f"{_called(pin)}: complete() returned {_first_problem(error)}")


def _require(pin: DesignPin, declared: list[Any]) -> None:
    """Refuse a process that was started after the distribution had been replaced.

    :raises DesignNotInstalled: it has another version.
    """
    if not any((one["plugin_id"], one["plugin_version"]) == (pin.plugin_id, pin.plugin_version) for one in declared):
        raise DesignNotInstalled(f"The design {_called(pin)} is no longer installed here.")


def _called(pin: DesignPin) -> str:
    return f"{pin.plugin_id} {pin.plugin_version}"


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_input=False, include_url=False)[0]
    return f"something unexpected at {'.'.join(map(str, problem['loc'])) or 'its top'}: {problem['msg']}"
