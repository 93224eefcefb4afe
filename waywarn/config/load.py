"""From a file to a `Config`, or to every problem that the file has.

The file is its owner's, but a damaged or foreign one must still give a plain answer: whatever the
bytes, the outcome is a `Config` or a `ConfigError`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from waywarn.config.config import Config
from waywarn.config.enrolled import enrolled_in
from waywarn.config.keys import Finding
from waywarn.config.lines import Lines
from waywarn.config.models import Tables
from waywarn.config.problem import ConfigError, Problem, located
from waywarn.config.secret import Surroundings, reason_of
from waywarn.config.together import names, together
from waywarn.config.wording import describe

MAX_BYTES = 4 * 1024 * 1024  # ten thousand devices with a rule each; reading takes seconds at this size
_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_DICT_KEY = "[key]"  # pydantic's mark for an error about a key itself


def load_config(file: Path, environ: Mapping[str, str]) -> Config:
    """Read a configuration and check all that can be checked without opening a path or a socket.

    Parameters
    ----------
    file
        A TOML file; other files that it names are relative to its folder.
    environ
        The environment, for secrets that are named by a variable.

    Raises
    ------
    ConfigError
        With every problem found, each with its line and key.
    """
    text = _text(file)
    raw, lines = _parsed(file, text)
    devices, recipients, rules = (names(raw, table) for table in ("devices", "recipients", "rules"))
    enrolled = enrolled_in(_store(raw, file.parent))
    surroundings = Surroundings(
        file.parent,
        environ,
        devices | enrolled.known,
        recipients,
        rules,
        devices_come="provision" in raw,
    )
    findings = list(together(raw, enrolled.active))
    try:
        tables = Tables.model_validate(_completed(raw), context=surroundings)
    except ValidationError as error:
        findings += _described(error)
    if findings:
        raise ConfigError(located(file, lines, *finding) for finding in findings)
    return Config.of(file, tables, lines, enrolled.active)


def _store(raw: Mapping[str, object], folder: Path) -> Path | None:
    service = raw.get("service")
    store = service.get("store") if isinstance(service, dict) else None
    return folder / store if isinstance(store, str) else None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            data = readable.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({reason_of(error)})"
        raise ConfigError([Problem(str(file), 0, "", problem, "name a TOML file with -c")]) from None
    if len(data) > MAX_BYTES:
        raise ConfigError([Problem(str(file), 0, "", f"is larger than {MAX_BYTES} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise ConfigError([Problem(str(file), line, "", problem, "save the file as UTF-8")]) from None


def _parsed(file: Path, text: str) -> tuple[dict[str, object], Lines]:
    try:
        return tomllib.loads(text), Lines(text)
    except RecursionError:
        problem, line, expected = "lists or tables are nested too deeply", 1, ""
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        match = _AT.fullmatch(str(error))
        end = text.count("\n") + (not text.endswith("\n"))
        line = int(match[2]) if match and match[2] else max(1, end if match else 1)
        column = f" (column {match[3]})" if match and match[3] else ""
        problem = f"is not TOML: {_lowered(match[1] if match else str(error))}{column}"
        expected = "text stands in quotes, a table's name in [brackets]"
    raise ConfigError([Problem(str(file), line, "", problem, expected)])


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:200]


def _completed(raw: dict[str, object]) -> dict[str, object]:
    """Let an account's name stand for its SIP user, and the domain for the realm, where none is given."""
    completed = dict(raw)
    sip = raw.get("sip")
    if isinstance(sip, dict) and "domain" in sip:
        completed["sip"] = {"realm": sip["domain"], **sip}
    for table in ("devices", "watchers"):
        if isinstance(accounts := raw.get(table), dict):
            completed[table] = {
                name: {"sip_user": name, **account} if isinstance(account, dict) else account
                for name, account in accounts.items()
            }
    return completed


def _described(error: ValidationError) -> Iterator[Finding]:
    every = error.errors(include_url=False)
    parents = {details["loc"][:depth] for details in every for depth in range(len(details["loc"]))}
    for details in every:
        if details["type"] == "too_short" and details["loc"] in parents:
            continue  # a list of which each entry is wrong is not empty
        location, problem, expected = describe(details)
        yield tuple(part for part in location if part != _DICT_KEY), problem, expected
