"""What is said to the owner of a device whose name and password the server does not take: once.

That it is asked again meanwhile is ``tracker.py`` and ``sip/device/registration_client.py``.
"""

from waywarn import log


class Refusal:
    """Whether the server takes the account, as far as it has said.

    Parameters
    ----------
    user
        Of the account's address.
    """

    def __init__(self, user: str) -> None:
        self._remedy = (
            f"give the right password and start again; or enrol again: `waywarn device token {user}` on the"
            " server tells the line to run here, with --replace"
        )
        self._is_told = False

    def refused(self, reason: str, *, waiting: int) -> None:
        """Say so, unless it was said; `waiting` fixes are kept meanwhile."""
        if not self._is_told:
            log.warn("account.refused", reason=reason, remedy=self._remedy, kept=waiting)
        self._is_told = True

    def taken(self) -> None:
        """Take note that the account is good: when it is refused after that, it is said again."""
        self._is_told = False
