"""A failed check in plain words: what is wrong with the value, and what to write instead.

The value is shown only where the key is known and no secret.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from waywarn.config.accounts import DeviceConfig, WatchConfig, WatcherConfig
from waywarn.config.fields import suggestion
from waywarn.config.kinds.in_fences import CircleConfig
from waywarn.config.kinds.registry import TAGS
from waywarn.config.kinds.speed import StretchConfig
from waywarn.config.lines import Location
from waywarn.config.models import (
    AddressConfig,
    AssignmentConfig,
    RecipientConfig,
    ServiceConfig,
    Tables,
    TripConfig,
)
from waywarn.config.operator import OperatorConfig, PlaceConfig
from waywarn.config.sip import SipConfig
from waywarn.config.table import EACH, ONE, keys_of

_NAMED: Mapping[str, type[BaseModel]] = {
    "assignments": AssignmentConfig,
    "devices": DeviceConfig,
    "watchers": WatcherConfig,
    "trips": TripConfig,
    "recipients": RecipientConfig,
    **TAGS,
}
_WITHIN: Mapping[str, type[BaseModel]] = {
    "addresses": AddressConfig,
    "at": PlaceConfig,
    "circle": CircleConfig,
    "stretches": StretchConfig,
    "watches": WatchConfig,
}
_FORMS = {ONE, EACH, *TAGS}
_SINGLE: Mapping[str, type[BaseModel]] = {
    "operator": OperatorConfig,
    "service": ServiceConfig,
    "sip": SipConfig,
}
_SECRET_KEYS = frozenset({"password", "url", "addresses"})

Words = Callable[[ErrorDetails], str]


def describe(error: ErrorDetails) -> tuple[Location, str, str]:
    """Turn pydantic's account of one error into where, what is wrong, and what is expected."""
    table = next((str(part) for part in error["loc"] if part in TAGS), str(error["loc"][0]))
    location = tuple(part for part in error["loc"] if part not in _FORMS)
    field = _field(location, table)
    expected = (field.description if field is not None else None) or ""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "wrong":
        return location, str(context["problem"]), str(context["expected"])
    if kind == "extra_forbidden":
        model = _model(location[:-1], table)
        return (
            location,
            "is not known here",
            suggestion(str(location[-1]), keys_of(model) if model else ()),
        )
    if kind in {"literal_error", "enum"}:
        return location, *_choice(error)
    return location, _WORDS.get(kind, _other)(error), expected


def _model(location: Location, table: str) -> type[BaseModel] | None:
    """Give the model of a table by where it is; `table` is the kind of the entry that the error is in."""
    if not location:
        return Tables
    if len(location) == 1:
        return _SINGLE.get(str(location[0]))
    return _NAMED.get(table) if len(location) == 2 else _WITHIN.get(str(location[2]))


def _field(location: Location, table: str) -> FieldInfo | None:
    """Find the field that a location is, or is an element of."""
    for depth in range(len(location), 0, -1):
        model, name = _model(location[: depth - 1], table), location[depth - 1]
        if model is not None and name in (keys := keys_of(model)):
            return keys[str(name)]
    return None


def _choice(error: ErrorDetails) -> tuple[str, str]:
    given = error["input"]
    choices = [part.strip(" '") for part in str(error["ctx"]["expected"]).replace(" or ", ",").split(",")]
    listed = f"choose {' or '.join(choices)}"
    hint = suggestion(given, choices) if isinstance(given, str) else ""
    return f"{_shown(error)} is none of the choices", f"{hint} ({listed})" if hint.startswith(
        "did"
    ) else listed


def _shown(error: ErrorDetails) -> str:
    value = error["input"]
    keys = [part for part in error["loc"] if isinstance(part, str)]
    if error["type"] in {"model_type", "dict_type"} or (keys and keys[-1] in _SECRET_KEYS):
        return "the value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.12g}" if isinstance(value, float) else str(value)[:60]
    return repr(value[:60]) if isinstance(value, str) else "the value"


def _sort(value: object) -> str:
    sorts: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        ((int, float), "a number"),
        (list, "a list"),
        (Mapping, "a table"),
    )
    return next((word for sort, word in sorts if isinstance(value, sort)), "a date or time")


def _not_a(wanted: str) -> Words:
    def words(error: ErrorDetails) -> str:
        value = error["input"]
        if isinstance(value, (list, Mapping)):
            return f"is {_sort(value)}, not {wanted}"
        return f"{_shown(error)} is {_sort(value)}, not {wanted}"

    return words


def _beyond(words: str, limit: str) -> Words:
    return lambda error: f"{_shown(error)} is not {words} {error['ctx'][limit]:g}"


def _other(error: ErrorDetails) -> str:
    return f"{_shown(error)} cannot be used here ({error['type'].replace('_', ' ')})"


_WORDS: Mapping[str, Words] = {
    "missing": lambda _: "is missing",
    "string_too_long": lambda error: f"is longer than {error['ctx']['max_length']} characters",
    "too_short": lambda _: "is empty",
    "too_long": lambda error: f"has more than {error['ctx']['max_length']:,} entries",
    "finite_number": lambda error: f"{_shown(error)} is not a finite number",
    "greater_than": _beyond("more than", "gt"),
    "greater_than_equal": _beyond("at least", "ge"),
    "less_than": _beyond("less than", "lt"),
    "less_than_equal": _beyond("at most", "le"),
    "string_type": _not_a("text"),
    "bool_type": _not_a("true or false"),
    "int_type": _not_a("a whole number"),
    "int_from_float": _not_a("a whole number"),
    "float_type": _not_a("a number"),
    "tuple_type": _not_a("a list"),
    "dict_type": _not_a("a table"),
    "model_type": _not_a("a table"),
}
