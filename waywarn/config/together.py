"""What must hold between keys, read from the raw tables so that it is said beside every other problem.

A value of the wrong kind is passed over here: ``models.py`` has said so already.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pydantic_core import PydanticCustomError

from waywarn.config.conditions import conditions
from waywarn.config.fields import check_name
from waywarn.config.keys import Finding, Raw, as_table, entries, exactly_one, repeated
from waywarn.config.kinds.registry import KINDS, kind_of
from waywarn.config.operator import PASSWORDS, is_watched_there, operator_findings
from waywarn.config.trips import trip_findings


def together(tables: Raw, enrolled: Iterable[str] = ()) -> Iterator[Finding]:
    """Find keys that exclude, need or contradict one another; `enrolled` are the devices of the store."""
    for table, what in (
        ("devices", "device"),
        ("watchers", "watcher"),
        ("rules", "rule"),
        ("trips", "trip"),
        ("recipients", "recipient"),
    ):
        yield from _names(table, what, entries(tables, table))
    yield from _accounts(
        {table: entries(tables, table) for table in ("devices", "watchers")}, tables.get("operator")
    )
    yield from _addresses(entries(tables, "recipients"))
    yield from _rules(entries(tables, "rules"), _assigned(tables))
    devices = names(tables, "devices").union(enrolled)
    yield from conditions(entries(tables, "rules"), names(tables, "rules"), devices)
    yield from trip_findings(entries(tables, "trips"), names(tables, "rules"))
    if isinstance(operator := tables.get("operator"), Mapping):
        yield from operator_findings(operator, entries(tables, "devices"))
    yield from _sip(as_table(tables.get("sip")))


def names(tables: Raw, name: str) -> frozenset[str]:
    """Give every name under ``[name.*]``, good or not, so that no reference to a faulty one is blamed too."""
    return frozenset(as_table(tables.get(name)))


def _names(table: str, what: str, found: Mapping[str, Raw]) -> Iterator[Finding]:
    for name in found:
        try:
            check_name(name, what)
        except PydanticCustomError as error:
            context = error.context or {}
            yield (table, name), context["problem"], context["expected"]


def _accounts(tables: Mapping[str, Mapping[str, Raw]], operator: object) -> Iterator[Finding]:
    users: dict[str, tuple[str, str]] = {}
    for place, account in (((t, n), a) for t, found in tables.items() for n, a in found.items()):
        published_there = place[0] == "devices" and is_watched_there(operator, place[1])
        if not published_there or set(PASSWORDS) & set(account):
            yield from exactly_one(place, account, PASSWORDS)
        yield from repeated((*place, "algorithms"), account.get("algorithms"))
        user = account.get("sip_user", place[1])
        if isinstance(user, str) and (first := users.setdefault(user, place)) != place:
            what = f"{user[:60]!r} is the user of {first[0].removesuffix('s')} {first[1]!r} too"
            yield (*place, "sip_user"), what, "give another"


def _addresses(recipients: Mapping[str, Raw]) -> Iterator[Finding]:
    for name, recipient in recipients.items():
        addresses = recipient.get("addresses")
        for position, address in enumerate(addresses if isinstance(addresses, list) else ()):
            if isinstance(address, Mapping):
                place = ("recipients", name, "addresses", position)
                yield from exactly_one(place, address, ("url", "url_env", "url_file"))


def _rules(rules: Mapping[str, Raw], assigned: Callable[[str], bool]) -> Iterator[Finding]:
    for name, rule in rules.items():
        place = ("rules", name)
        if {"device", "devices", "assigned"} & set(rule) or not assigned(name):
            yield from exactly_one(place, rule, ("device", "devices", "assigned"))
        yield from KINDS[kind_of(rule)].contradictions(place, rule)


def _assigned(tables: Raw) -> Callable[[str], bool]:
    """Tell whether a rule is assigned by the file, or may be by another that it names."""
    rows = tables.get("assignments")
    named = [row.get("rule") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    known = {name for name in named if isinstance(name, str)}
    others = "assignments" in as_table(tables.get("service"))
    return lambda name: others or name in known


def _sip(sip: Raw) -> Iterator[Finding]:
    defaults = {"expires_min_s": 60, "expires_default_s": 3600, "expires_max_s": 86400}
    given = [value for key, default in defaults.items() if isinstance(value := sip.get(key, default), int)]
    if len(given) == len(defaults) and given != sorted(given):
        problem = f"{given[1]} is not between expires_min_s {given[0]} and expires_max_s {given[2]}"
        yield ("sip", "expires_default_s"), problem, "give min <= default <= max"
    yield from repeated(("sip", "listen"), sip.get("listen"))
    yield from _tls(sip)


def _tls(sip: Raw) -> Iterator[Finding]:
    listen = sip.get("listen")
    addresses = listen if isinstance(listen, list) else []
    if any(isinstance(each, str) and each.startswith("tls:") for each in addresses):
        for key in ("certificate", "key"):
            if key not in sip:
                problem = f"an address is for TLS, and there is no {key}"
                yield ("sip", "listen"), problem, f"name its PEM file as {key}"
    if sip.get("require_client_certificate") is True and "client_certificates" not in sip:
        problem = "clients need a certificate, and nobody's is accepted"
        yield ("sip", "require_client_certificate"), problem, "name who signs them as client_certificates"
