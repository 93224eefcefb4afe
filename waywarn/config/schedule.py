"""The hours of a rule: ``when`` and its time zone, made a `rules.Window` on use."""

from typing import TYPE_CHECKING

from waywarn.config.models import RuleConfig

if TYPE_CHECKING:
    from rules import Window


def window_of(rule: RuleConfig) -> "Window | None":
    """Give the hours in which a rule watches; None is always."""
    if rule.when is None or rule.time_zone is None:
        return None
    from rules import Window  # a publisher needs none

    return Window.parse(rule.when, rule.time_zone)
