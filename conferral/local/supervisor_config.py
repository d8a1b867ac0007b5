"""The supervisor's configuration (http://supervisord.org/configuration.html), generated at each start."""

import os
import shlex
from collections.abc import Iterable, Sequence

from conferral.local.places import Places
from conferral.local.program import ROOT_MARK, Program

_LOG_BYTES = "5MB"
_LOG_BACKUPS = 2
_START_RETRIES = 5
"""A process that ends sooner than its ``start_seconds`` has failed to start; so often in a row, and it is given up."""


def render(places: Places, programs: Sequence[Program]) -> str:
    """Return the text of ``supervisord.conf``, for a supervisor that runs in ``places.root``.

    It holds secrets: keep it private.
    """
    sections = [_supervisor(places)]
    for group in ("infrastructure", "roles"):
        members = [program for program in programs if program.group == group]
        if members:
            sections.append(_group(group, members))
            sections += [_program(places, program) for program in members]
    return "\n".join(sections)


def _supervisor(places: Places) -> str:
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        # relative to where it runs, because some of its settings are expanded twice, and a path may hold a %
        "logfile=log/supervisor.log",
        f"logfile_maxbytes={_LOG_BYTES}",
        f"logfile_backups={_LOG_BACKUPS}",
        "pidfile=supervisord.pid",
        "childlogdir=log",
        "umask=077",
        "minfds=1024",
        # naming the user who runs it anyway keeps the supervisor from warning about root
        *(["user=root"] if os.geteuid() == 0 else []),
        "",
        "[unix_http_server]",
        f"file={_escape(str(places.supervisor_socket))}",
        "chmod=0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        "",
    ]
    return "\n".join(lines)


def _group(name: str, members: Iterable[Program]) -> str:
    # the supervisor stops groups one after the other, the highest priority first
    priority = {"infrastructure": 100, "roles": 900}[name]
    names = ",".join(program.name for program in members)
    return f"[group:{name}]\nprograms={names}\npriority={priority}\n"


def _program(places: Places, program: Program) -> str:
    environment = {ROOT_MARK: str(places.root)} | dict(program.environment)
    lines = [
        f"[program:{program.name}]",
        f"command={_escape(shlex.join(program.command))}",
        f"environment={','.join(_assignment(key, value) for key, value in sorted(environment.items()))}",
        f"priority={program.priority}",
        # the order of starting depends on what is ready, which only conferral.local.system knows
        "autostart=false",
        "autorestart=true",
        f"startsecs={program.start_seconds}",
        f"startretries={_START_RETRIES}",
        "stopsignal=TERM",
        f"stopwaitsecs={program.stop_seconds}",
        f"stopasgroup={str(program.stop_group).lower()}",
        "killasgroup=true",
        "redirect_stderr=true",
        f"stdout_logfile=log/{program.name}.log",
        f"stdout_logfile_maxbytes={_LOG_BYTES}",
        f"stdout_logfile_backups={_LOG_BACKUPS}",
        "",
    ]
    return "\n".join(lines)


def _assignment(key: str, value: str) -> str:
    if '"' in value or "\n" in value:
        raise ValueError(f"{key} holds a quotation mark or a line break, which the supervisor cannot pass on")
    return f'{key}="{_escape(value)}"'


def _escape(text: str) -> str:
    """Keep percent signs from beginning an expression."""
    if " ;" in text or " #" in text:
        raise ValueError(f"in {text!r} a comment would begin, which the supervisor's settings cannot quote")
    return text.replace("%", "%%")
