"""From a file to a `Config`, or to every problem that the file has.

The file is its owner's, but a damaged or foreign one must still give a plain answer: whatever the
bytes, the outcome is a `Config` or a `ConfigError`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from waywarn.config.config import Config
from waywarn.config.enrolled import enrolled_in
from waywarn.config.keys import Finding
from waywarn.config.models import Tables
from waywarn.config.problem import ConfigError, located
from waywarn.config.secret import Surroundings
from waywarn.config.strangers import strangers
from waywarn.config.together import names, together
from waywarn.config.toml_file import read_toml
from waywarn.config.wording import describe

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
    raw, lines = read_toml(file)
    enrolled = enrolled_in(_store(raw, file.parent))
    surroundings = Surroundings(file.parent, environ, names(raw, "recipients"), names(raw, "rules"))
    findings = list(together(raw, enrolled.active))
    devices_come = "provision" in raw
    unknown = [*strangers(raw, names(raw, "devices") | enrolled.known, devices_come=devices_come)]
    if not devices_come:
        findings += unknown
    try:
        tables = Tables.model_validate(_completed(raw), context=surroundings)
    except ValidationError as error:
        findings += _described(error)
    if findings:
        raise ConfigError(located(file, lines, *finding) for finding in findings)
    waiting = (located(file, lines, *finding) for finding in unknown)
    return Config.of(file, tables, lines, enrolled.active, waiting)


def _store(raw: Mapping[str, object], folder: Path) -> Path | None:
    service = raw.get("service")
    store = service.get("store") if isinstance(service, dict) else None
    return folder / store if isinstance(store, str) else None


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
