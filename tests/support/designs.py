"""Design distributions of the tests' own, installed into a folder that only the host under test looks into."""

from pathlib import Path
from textwrap import dedent

HEAD = """
import os, sys, time
from conferral_design_api import (
    Attribute, CompiledDesign, Completion, Design, EmailSource, Text, hookimpl
)

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text><a href='{{ credential_url }}'>{{ recipient_name }}</a></mj-text>"
    "</mj-column></mj-section></mj-body></mjml>"
)

def CHANNELS():
    return [d for d in map(int, os.listdir("/proc/self/fd")) if d > 2 and os.path.exists(f"/proc/self/fd/{d}")]

class Plain(Design):
    id = NAME
    version = "1.0"
    name = NAME.title()
    description = ""
    attributes = (Attribute("grade", "Grade"), Attribute("number", "Number", public=False))

    def compile(self, request):
        return CompiledDesign(
            width=300, height=200, svg='<svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>',
            email=EmailSource(subject="{{ recipient_name }}", mjml=MJML, text="{{ credential_url }}"),
            state={"group": request.achievement.name, "pid": os.getpid()},
        )

    def complete(self, state, recipients):
        return [self.one(state, recipient) for recipient in recipients]

    def one(self, state, recipient):
        if "bad" in recipient.name:
            return self.misbehave(recipient)
        text = Text(recipient.name, 150, 100, 20, ("EB Garamond",))
        return Completion((text,), alternative=f"{state['group']}: {recipient.name}")

    def misbehave(self, recipient):
        raise ValueError(f"no place for {recipient.name}")
"""
TAIL = """
@hookimpl
def conferral_register_designs():
    return [Plain()]
"""

MISBEHAVING = {
    "raises": "raise ValueError('no place')",
    "leaves": "sys.exit(3)",
    "exits": "os._exit(3)",
    "crashes": "os.kill(os.getpid(), 11)",
    "hangs": "time.sleep(600)",
    "burns": "while True: pass",
    "eats": "held = bytearray(4 << 30)",
    "recurses": "return self.misbehave(recipient)",
    "rubbish": "[os.write(d, b'\\x00\\x00\\x00\\x04oops') for d in CHANNELS()]",
    "forges": (
        "import json; b = json.dumps({'number': 1, 'result': []}).encode(); "
        "[os.write(d, len(b).to_bytes(4, 'big') + b) for d in CHANNELS()]"
    ),
    "closes": "os.closerange(3, 4096)",
    "objects": "return object()",
    "nothing": "return None",
    "infinite": "return Completion((Text('x', float('nan'), 0, 1, ('Inter',)),), alternative='')",
    "shapeless": "return Completion((Text('x', 'left', 0, 1, ('Inter',)),), alternative='')",
}
"""Plugin id to what its design does for a recipient whose name holds "bad"."""

PRINTING = """
        print("x" * 1_000_000)
        sys.stderr.write("y" * 1_000_000)
        sys.stdin.read()
        return Completion((), alternative="printed")
"""


def plain(name: str) -> str:
    """Return the source of a design that raises for bad recipients."""
    return f"NAME = {name!r}\n{HEAD}\n{TAIL}"


def misbehaving(name: str, statement: str) -> str:
    """Return the source of a design that runs a statement for bad recipients."""
    return f"NAME = {name!r}\n{HEAD}\n    def misbehave(self, recipient):\n        {statement}\n{TAIL}"


def install(site: Path, name: str, source: str, version: str = "1.0") -> None:
    """Put a distribution with one entry point into a folder."""
    (site / f"{name}_design.py").write_text(dedent(source))
    info = site / f"{name}_design-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-design\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[conferral.designs]\n{name} = {name}_design\n")
