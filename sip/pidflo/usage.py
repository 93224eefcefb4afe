"""The ``usage-rules`` of RFC 4119: whom the place may be told, and how long it may be kept.

What stands in where a document is silent is the application's: here silence is None.
"""

from dataclasses import dataclass

from corridor.xmltree import Element
from sip.pidflo.flags import Flag
from sip.pidflo.instants import read_instant
from sip.pidflo.namespaces import BASIC_POLICY, namespace
from sip.pidflo.numbers import XML_SPACE

_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})
_MAX_KEPT = 4_096  # characters of a note-well or ruleset address; text for people


@dataclass(frozen=True, slots=True)
class Usage:
    """What the Rule Maker asks; None where the document does not say.

    Parameters
    ----------
    retransmission_allowed
        Whether the location may be told to third parties (RFC 4119, 2.2.2).
    retention_expiry
        When it must be forgotten, UTC seconds.
    external_ruleset
        Address of more rules; kept, never fetched.
    note_well
        Text for people.
    """

    retransmission_allowed: bool | None = None
    retention_expiry: float | None = None
    external_ruleset: str | None = None
    note_well: str | None = None


_SILENT = Usage()


def read_usage(rules: Element | None, flags: set[Flag]) -> Usage:
    """Read ``usage-rules``; of contradicting statements the stricter holds.

    Raises
    ------
    PidfError
        A ``retention-expiry`` is no instant: guessing would keep a place too long or lose it.
    """
    if rules is None:
        flags.add(Flag.USAGE_RULES_MISSING)
        return _SILENT
    if not rules.children:
        return _SILENT
    # RFC 4119 says retention-expires in its text, retention-expiry in its schema, and binds its
    # examples to geopriv10; RFC 6753 has a third namespace: the local name decides
    if any(namespace(rule.name) != BASIC_POLICY for rule in rules.children):
        flags.add(Flag.USAGE_NAMESPACE)
    allowed = [_allowed(rule, flags) for rule in _named(rules, "retransmission-allowed")]
    if misspelt := _named(rules, "retention-expires"):
        flags.add(Flag.USAGE_SPELLING)
    expiries = [read_instant(rule) for rule in _named(rules, "retention-expiry") + misspelt]
    return Usage(
        retransmission_allowed=all(allowed) if allowed else None,
        retention_expiry=min(expiries, default=None),
        external_ruleset=_text(rules, "external-ruleset"),
        note_well=_text(rules, "note-well"),
    )


def _named(rules: Element, local: str) -> list[Element]:
    return [rule for rule in rules.children if rule.local == local]


def _allowed(rule: Element, flags: set[Flag]) -> bool:
    word = rule.text.strip(XML_SPACE)
    if word not in _YES | _NO:
        flags.add(Flag.USAGE_VALUE)
    return word in _YES


def _text(rules: Element, local: str) -> str | None:
    found = _named(rules, local)
    text = found[0].text.strip(XML_SPACE)[:_MAX_KEPT] if found else ""
    return text or None
