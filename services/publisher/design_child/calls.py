"""The calls that the publisher makes, each from JSON-compatible data to what ``frames`` can encode."""

from typing import Any

from conferral_design_api.types import Achievement, CompileRequest, Design, Issuer, Recipient

from services.publisher.design_child import frames, registry

Data = dict[str, Any]


class Designs:
    """The designs of one distribution, and the compiled states that were handed in."""

    def __init__(self) -> None:
        self._designs: dict[str, Design] = {}
        self._states: dict[str, Any] = {}

    def answer(self, call: str, data: Data) -> Any:
        """Do one call.

        :raises Exception: whatever a design raises.
        """
        calls = {"installed": self._installed, "load": self._load, "compile": self._compile, "complete": self._complete}
        return calls[call](data)

    def _installed(self, _: Data) -> Any:
        return registry.installed()

    def _load(self, data: Data) -> Any:
        self._designs = registry.load(data["entry_point"], data["value"])
        return [registry.declaration(design) for design in self._designs.values()]

    def _compile(self, data: Data) -> Any:
        request = CompileRequest(
            options=data["options"],
            language=data["language"],
            direction=data["direction"],
            issuer=Issuer(**data["issuer"]),
            achievement=Achievement(**data["achievement"]),
            wording=data["wording"],
        )
        return self._designs[data["design"]].compile(request)

    def _complete(self, data: Data) -> Any:
        recipients = [Recipient(**recipient) for recipient in data["recipients"]]
        return list(self._designs[data["design"]].complete(self._state(data), recipients))

    def _state(self, data: Data) -> Any:
        """Return the compiled state, which comes once per process and is then known by its digest."""
        if "state" in data:
            if len(self._states) >= frames.MOST_STATES:
                self._states.clear()
            self._states[data["digest"]] = data["state"]
        return self._states[data["digest"]]
