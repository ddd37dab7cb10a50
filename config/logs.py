"""Write logs as one line per event, JSON in production, with the request's id and without personal data."""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# A last net, not a licence: code must not log addresses. E.164 numbers keep three digits, emails nothing.
_PHONE = re.compile(r"\+\d{5,12}(\d{3})\b")
# Looked for only where a word begins: from every letter of a long word it would take a time that grows by the square.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+")


# Libraries that log full URLs, and those that log every wake-up, several a second.
_TELL_URLS = ("httpx", "httpx2", "httpcore", "openai", "faker")
_TELL_EVERY_TICK = ("celery.beat", "celery.worker.strategy", "celery.app.trace")


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask phone numbers and email addresses in every string of the event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _EMAIL.sub("<email>", _PHONE.sub(r"+…\1", value))
    return event


def _console() -> Any:
    # The default one prints the variables of every frame, and with them people and secrets.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def configure(*, level: str, as_json: bool) -> None:
    """Route structlog and the standard library's loggers to stderr in one format."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else _console()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending = [structlog.processors.format_exc_info] if as_json else []
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *ending,
            without_personal_data,
            renderer,
        ],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {name: {"level": "WARNING"} for name in (*_TELL_URLS, *_TELL_EVERY_TICK)},
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
