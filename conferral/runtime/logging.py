"""Logs: a static event name and data as keywords; JSON where nobody watches, lines for people in a terminal."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

get_logger = structlog.get_logger

# Libraries that tell each connection at INFO, or log what they were sent.
_QUIETED = ("amqp", "kombu", "nameko", "urllib3", "pymongo", "werkzeug", "asyncio")


def configure(service: str, role: str, level: str) -> None:
    """Set logging up for this process, the standard library's included.

    :param level: debug, info, warning or error.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _process(service, role),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(level.upper())
    for name in _QUIETED:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns, with a traceback, of each error that is a handler's proper answer.
    logging.getLogger("nameko.containers").setLevel(logging.ERROR)


def _rendering() -> list[Processor]:
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer()]
    # Never with local variables: they hold personal data and secrets.
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _process(service: str, role: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"], event["role"] = service, role
        return event

    return add
