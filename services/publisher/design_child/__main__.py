"""The child program: ``python -m services.publisher.design_child <descriptor> <parent> <limits> <most>``."""

import json
import os
import socket
import sys
import traceback
from typing import Any

from services.publisher.design_child import frames
from services.publisher.design_child.calls import Designs
from services.publisher.design_child.confinement import confine

_LONGEST_TEXT = 300


def main(arguments: list[str]) -> None:
    """Answer calls until the publisher closes the socket."""
    descriptor, parent, limits, most = arguments
    channel = socket.socket(fileno=int(descriptor))
    # a parent on green threads made it non-blocking, and that belongs to both sides' descriptor
    channel.settimeout(None)
    confine(json.loads(limits), int(parent))
    designs = Designs()
    channel.sendall(frames.encode({"ready": True}))
    while True:
        try:
            request = frames.receive(channel, most=int(most))
        except frames.Closed:
            # Not sys.exit: a plugin's atexit functions and threads have no say in it.
            os._exit(0)
        channel.sendall(_answer(designs, request))


def _answer(designs: Designs, request: dict[str, Any]) -> bytes:
    number = request["number"]
    try:
        # Encoding is part of the attempt: a result without a JSON form is the plugin's failure.
        return frames.encode({"number": number, "result": designs.answer(request["call"], request["data"])})
    except BaseException as error:  # noqa: BLE001 - SystemExit too: nothing that a plugin raises may end the loop
        return frames.encode({"number": number, "error": _described(error)})


def _described(error: BaseException) -> str:
    """Return kind, text and place of an error in one line."""
    place = traceback.extract_tb(error.__traceback__)
    where = f" ({os.path.basename(place[-1].filename)}, line {place[-1].lineno})" if place else ""  # noqa: PTH119
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - an exception of a plugin's own, whose text raises again
        text = ""
    return f"{type(error).__name__}: {text}"[:_LONGEST_TEXT] + where


if __name__ == "__main__":
    main(sys.argv[1:])
