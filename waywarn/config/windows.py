"""The windows of rules: hours from their tables, and the days excepted, of which some are in files.

A window itself is ``rules``; an iCalendar file is ``waywarn/calendar_file.py``.
"""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rules import Window
from waywarn.calendar_file import CalendarError, days_of
from waywarn.config.kinds.rule import RuleConfig
from waywarn.config.lines import Location


class ExceptedError(ValueError):
    """Excepted days that cannot be had; `where` is their place in the rule's table."""

    def __init__(self, where: Location, text: str) -> None:
        super().__init__(text)
        self.where = where


class Windows:
    """Makes the windows of rules; a file that many of them name is read once."""

    def __init__(self) -> None:
        self._days: dict[tuple[Path, str], frozenset[date]] = {}

    def of(self, rule: RuleConfig) -> Window | None:
        """Give when a rule is awake; None if always.

        Raises
        ------
        ExceptedError
            A file of excepted days cannot be read.
        """
        if not rule.when or rule.time_zone is None:
            return None
        window = Window.parse(rule.when, zone=rule.time_zone.key)
        for position, excepted in enumerate(rule.excepted):
            if isinstance(excepted, Path):
                try:
                    window = window.without(self._of_file(excepted, rule.time_zone))
                except CalendarError as error:
                    raise ExceptedError(("except", position), str(error)) from None
            else:
                first, last = excepted
                window = window.without(first + timedelta(days=day) for day in range((last - first).days + 1))
        return window

    def _of_file(self, file: Path, zone: ZoneInfo) -> frozenset[date]:
        key = file, zone.key
        if key not in self._days:
            self._days[key] = days_of(file, zone)
        return self._days[key]
