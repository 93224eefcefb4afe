"""What ``while = "inside RULE"`` may name: a geofence rule that watches every device of the rule that asks.

How it is written is ``references.py``; all here is read from the raw tables.
"""

from collections.abc import Iterable, Iterator, Mapping

from waywarn.config.fields import MAX_NAME, suggestion
from waywarn.config.keys import Finding, Raw
from waywarn.config.references import is_about


def conditions(rules: Mapping[str, Raw], names: Iterable[str], devices: Iterable[str]) -> Iterator[Finding]:
    """Find conditions that could not be told.

    Parameters
    ----------
    rules
        Those that are tables, by name.
    names, devices
        Of all rules and devices, good or not.
    """
    fences = [name for name, rule in rules.items() if rule.get("kind") == "geofence"]
    for name, rule in rules.items():
        asked = rule.get("while")
        _, blank, other = asked.strip().partition(" ") if isinstance(asked, str) else ("", "", "")
        if blank:
            yield from (
                (("rules", name, "while"), problem, expected)
                for problem, expected in _faults(other, rule, rules, fences, names, devices)
            )


def _faults(
    other: str,
    rule: Raw,
    rules: Mapping[str, Raw],
    fences: list[str],
    names: Iterable[str],
    devices: Iterable[str],
) -> Iterator[tuple[str, str]]:
    if other not in names:
        yield f"there is no rule {other[:MAX_NAME]!r} ([rules.NAME])", suggestion(other, fences)
    elif other in rules and other not in fences:
        yield (
            f"rule {other[:MAX_NAME]!r} is no geofence rule, so nobody is inside it",
            suggestion(other, fences),
        )
    elif other in rules:
        unseen = [
            device for device in _watched(rule, devices) if device not in _watched(rules[other], devices)
        ]
        if unseen:
            yield (
                f"rule {other!r} does not watch {unseen[0]!r}, which this one does",
                f"add {unseen[0]!r} to the devices of {other!r}",
            )


def _watched(rule: Raw, devices: Iterable[str]) -> list[str]:
    listed = rule.get("devices")
    patterns = [rule.get("device"), *(listed if isinstance(listed, list) else ())]
    texts = [pattern for pattern in patterns if isinstance(pattern, str)]
    return sorted(device for device in devices if any(is_about(text, device) for text in texts))
