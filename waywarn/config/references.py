"""The kinds of value that refer to something outside their key: a name, a file, a secret.

What a text alone must look like is ``fields.py``; how a secret is had is ``secret.py``.
"""

import re
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, ValidationInfo

from waywarn.config.fields import MAX_NAME, suggestion, text_of, wrong
from waywarn.config.secret import Secret, SecretError, Surroundings, from_environment, from_file, reason_of

PATTERN_SIGNS = frozenset("*?[")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


def _surroundings(info: ValidationInfo) -> Surroundings:
    if not isinstance(info.context, Surroundings):
        raise TypeError("a configuration is read by load_config, which knows its folder and environment")
    return info.context


def _rule(value: object, info: ValidationInfo) -> str:
    return _known(text_of(value), _surroundings(info).rules, "rule", "rules")


def is_about(pattern: str, device: str) -> bool:
    """Tell whether a device has that name, or one that the pattern stands for.

    Examples
    --------
    >>> is_about("van-*", "van-7"), is_about("van-7", "van-70"), is_about("a[1]", "a[1]")
    (True, False, True)
    """
    return pattern == device or fnmatchcase(device, pattern)


def _condition(value: object) -> str:
    from rules import Condition, RuleError  # only a file with a condition in it needs them

    text = text_of(value)
    try:
        Condition.parse(text)  # whether there is such a rule is said by ``conditions.py``
    except RuleError as error:
        raise wrong(str(error)) from None
    return text


def _recipient(value: object, info: ValidationInfo) -> str:
    return _known(text_of(value), _surroundings(info).recipients, "recipient", "recipients")


def _known(name: str, known: frozenset[str], what: str, table: str) -> str:
    if name not in known:
        raise wrong(f"there is no {what} {name[:MAX_NAME]!r} ([{table}.NAME])", suggestion(name, known))
    return name


def _store(value: object, info: ValidationInfo) -> Path:
    file = _surroundings(info).folder / text_of(value)
    try:
        usable = bool(value) and str(value).isprintable() and file.parent.is_dir() and not file.is_dir()
    except (OSError, ValueError):
        usable = False
    if not usable:
        raise wrong(f"{str(value)[:60]!r} cannot be the store's file", "name a file in a folder that exists")
    return file


def _excepted(value: object, info: ValidationInfo) -> tuple[date, date] | Path:
    """Read a day, the first and last of several, or the name of a file that has them."""
    if isinstance(value, date) and not isinstance(value, datetime):  # TOML has dates of its own
        return value, value
    from rules.errors import WindowError  # only a file with excepted days needs them
    from rules.window_text import dates_of

    text = text_of(value)
    try:
        dates = dates_of(text)
    except WindowError as error:
        raise wrong(str(error)) from None
    if dates is not None:
        return dates
    file = _surroundings(info).folder / text
    if reason := _why_unreadable(file):
        raise wrong(
            f"{text[:60]!r} is no date, and no file that can be read ({reason})",
            "write a date (2026-12-24), two (2026-12-24..2027-01-06), or name an iCalendar file",
        )
    return file


def _listed_file(value: object, info: ValidationInfo) -> Path:
    file = _surroundings(info).folder / text_of(value)
    if reason := _why_unreadable(file):
        raise wrong(
            f"file {text_of(value)[:60]!r} cannot be read ({reason})",
            "name a CSV file with the columns device, rule, from and to",
        )
    return file


def _pem_file(value: object, info: ValidationInfo) -> Path:
    file = _surroundings(info).folder / text_of(value)
    if reason := _why_unreadable(file):
        raise wrong(f"file {text_of(value)[:60]!r} cannot be read ({reason})", "name a PEM file")
    return file


def _path_file(value: object, info: ValidationInfo) -> Path:
    return _drawing(value, info, "path", "GPX, GeoJSON, KML, CSV or Parquet")


def _fence_file(value: object, info: ValidationInfo) -> Path:
    return _drawing(value, info, "fence", "GeoJSON, KML or WKT")


def _drawing(value: object, info: ValidationInfo, what: str, formats: str) -> Path:
    """Give a file that can be read; ``file.geojson#name`` chooses one of its lines or fences."""
    text = text_of(value)
    folder = _surroundings(info).folder
    parts = text.split("#")  # a file whose own name has the sign comes first
    names = [text, *("#".join(parts[:count]) for count in range(1, len(parts)))]
    reasons = [reason for name in names if (reason := _why_unreadable(folder / name))]
    if len(reasons) == len(names):
        raise wrong(
            f"{what} file {text[:60]!r} cannot be read ({reasons[-1]})",
            f"name a {formats} file, relative to this configuration",
        )
    return folder / text


def _why_unreadable(file: Path) -> str:
    try:
        with file.open("rb") as readable:
            readable.read(1)
    except (OSError, ValueError) as error:
        return reason_of(error)
    return ""


def _plain_secret(value: object) -> Secret:
    text = text_of(value)
    if not text or not text.isprintable():
        raise wrong("the secret is empty or has control characters", "give a text of printable characters")
    return Secret.of(text, "in the configuration")


def _plain_url(value: object) -> Secret:
    secret = _plain_secret(value)
    return _address(secret)


def _environment_secret(value: object, info: ValidationInfo) -> Secret:
    try:
        return from_environment(text_of(value), _surroundings(info))
    except SecretError as error:
        raise wrong(error.problem, error.expected) from None


def _file_secret(value: object, info: ValidationInfo) -> Secret:
    try:
        return from_file(text_of(value), _surroundings(info))
    except SecretError as error:
        raise wrong(error.problem, error.expected) from None


def _address(secret: Secret) -> Secret:
    if not _ADDRESS.fullmatch(secret.value.get_secret_value()):
        raise wrong(
            f"the address ({secret.source}) is not of the form scheme://...",
            "write for example mailto://user:password@mail.example.org?to=mother@example.org",
        )
    return secret


def _environment_url(value: object, info: ValidationInfo) -> Secret:
    return _address(_environment_secret(value, info))


def _file_url(value: object, info: ValidationInfo) -> Secret:
    return _address(_file_secret(value, info))


RuleName = Annotated[str, BeforeValidator(_rule)]
RecipientName = Annotated[str, BeforeValidator(_recipient)]
StoreFile = Annotated[Path, BeforeValidator(_store)]
ConditionText = Annotated[str, BeforeValidator(_condition)]
DeviceName = Annotated[str, BeforeValidator(text_of)]  # whether somebody has it: ``strangers.py``
DevicePattern = Annotated[str, BeforeValidator(text_of)]
Excepted = Annotated[tuple[date, date] | Path, PlainValidator(_excepted)]
AssignmentFile = Annotated[Path, BeforeValidator(_listed_file)]
PemFile = Annotated[Path, BeforeValidator(_pem_file)]
FenceFile = Annotated[Path, BeforeValidator(_fence_file)]
PathFile = Annotated[Path, BeforeValidator(_path_file)]
PlainSecret = Annotated[Secret, BeforeValidator(_plain_secret)]
EnvironmentSecret = Annotated[Secret, BeforeValidator(_environment_secret)]
FileSecret = Annotated[Secret, BeforeValidator(_file_secret)]
PlainUrl = Annotated[Secret, BeforeValidator(_plain_url)]
EnvironmentUrl = Annotated[Secret, BeforeValidator(_environment_url)]
FileUrl = Annotated[Secret, BeforeValidator(_file_url)]
