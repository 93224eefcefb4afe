"""The service's log: one line an event, an event name and its fields, on standard error.

Never a place, never a secret: retention ends for logs too, and a log has no purge.
"""

import json
import logging
import sys
import traceback

from corridor.instant import format_instant

Field = str | int | float | bool | None
_LOGGER = logging.getLogger("waywarn")


def start_logging(level: str) -> None:
    """Send events of `level` and above to standard error.

    Parameters
    ----------
    level
        ``debug``, ``info``, ``warning`` or ``error``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(level.upper())
    _LOGGER.propagate = False


def say(event: str, /, **fields: Field) -> None:
    """Log a normal event, for example ``say("publication.stored", device="anna")``."""
    _log(logging.INFO, event, fields)


def say_detail(event: str, /, **fields: Field) -> None:
    """Log what is of use only when looking for a fault."""
    _log(logging.DEBUG, event, fields)


def warn(event: str, /, **fields: Field) -> None:
    """Log what the operator should look at."""
    _log(logging.WARNING, event, fields)


def fail(event: str, error: BaseException, /, **fields: Field) -> None:
    """Log an unexpected error with its type and frames; only at a process edge.

    Its text is left out: it may quote a place, or an address with its password.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOGGER.error("%s\n%s", _line(event, {**fields, "error": type(error).__name__}), frames.rstrip())


def _log(level: int, event: str, fields: dict[str, Field]) -> None:
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, _line(event, fields))


def _line(event: str, fields: dict[str, Field]) -> str:
    return " ".join([event, *(f"{name}={_value(value)}" for name, value in fields.items())])


def _value(value: Field) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    plain = text.isascii() and text.isprintable() and not set(' "=') & set(text) and text
    return text if plain else json.dumps(text)  # quoted, so that no outside text can forge a line


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{format_instant(record.created)} {record.levelname.lower()} {record.getMessage()}"
