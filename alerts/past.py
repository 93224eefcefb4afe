"""Where alerts that have ended are looked up when a late fix revises one."""

from collections.abc import Iterable
from typing import Protocol

from alerts.alert import Alert


class Past(Protocol):
    """What the book needs of a store; asked only for revisions, which are rare."""

    def ended_alerts(self, name: str, device: str, since: float) -> tuple[Alert, ...]:
        """Give the alerts of a rule or trip and a device that ended at `since` (event time) or later."""
        ...


class MemoryPast:
    """A past that is forgotten when the process ends: for tests, trials and the library's users."""

    __slots__ = ("_alerts",)

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}

    def add(self, alerts: Iterable[Alert]) -> None:
        """Take alerts in as they stand now; the last of one fingerprint counts."""
        self._alerts |= {alert.fingerprint: alert for alert in alerts}

    def ended_alerts(self, name: str, device: str, since: float) -> tuple[Alert, ...]:
        """See `Past.ended_alerts`."""
        return tuple(
            alert
            for alert in self._alerts.values()
            if (alert.rule, alert.device) == (name, device)
            and alert.ends_at is not None
            and alert.ends_at >= since
        )
