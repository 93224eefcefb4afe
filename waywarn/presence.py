"""The presence server as the service has it: its parts, filled from the store, and told of each commit.

What each part decides is ``sip/server``; who may see what is ``config/permissions.py``.
"""

import secrets
from collections.abc import Mapping

from sip import (
    Account,
    Compositor,
    Directory,
    Inbox,
    LocationReport,
    Notifier,
    PresenceServer,
    PublicationChange,
    Published,
    Registrar,
    SubscriptionChange,
    Subscriptions,
)
from waywarn.config import Config
from waywarn.config.permissions import Permissions
from waywarn.intake import Judgement
from waywarn.store import Store, StoredFix


class Presence:
    """All that the presence server is made of.

    Parameters
    ----------
    config
        How long things live, and who may see what.
    directory
        The accounts.
    inbox
        Who reads what devices tell the server.
    contacts
        For each door, the URI by which peers reach us.
    """

    def __init__(
        self, config: Config, directory: Directory, inbox: Inbox, contacts: Mapping[int, str]
    ) -> None:
        sip = config.sip
        self.directory = directory
        self.compositor = Compositor(
            directory,
            tag_prefix=secrets.token_hex(8),
            expires_default_s=sip.expires_default_s,
            expires_min_s=sip.expires_min_s,
            expires_max_s=sip.expires_max_s,
        )
        self.registrar = Registrar(
            expires_default_s=sip.expires_default_s,
            expires_min_s=sip.expires_min_s,
            expires_max_s=sip.expires_max_s,
        )
        self.subscriptions = Subscriptions(
            directory,
            Permissions(config, directory),
            fresh=lambda: secrets.token_hex(8),
            contacts=contacts,
        )
        self.notifier = Notifier(self.subscriptions)
        self.server = PresenceServer(
            {
                "PUBLISH": self.compositor,
                "REGISTER": self.registrar,
                "SUBSCRIBE": self.subscriptions,
                "MESSAGE": inbox,
            }
        )

    def restore(self, store: Store, now: float) -> None:
        """Take over registrations, subscriptions and the newest places; publications are there already.

        Raises
        ------
        StoreError
            The store cannot be read.
        """
        self.registrar.restore(store.bindings())
        self.subscriptions.restore(store.subscriptions())
        self.notifier.restore(now)
        for account in self.directory:
            if account.device_id is not None and self.compositor.has_place(account.aor):
                newest = store.newest_judged(account.device_id, now)
                if newest is not None:
                    self.notifier.placed(account.aor, _report(account, newest), now)

    def settled(self, judgement: Judgement, now: float) -> None:
        """Take what was committed: whom to tell of what."""
        for change in judgement.batch.presence:
            match change:
                case SubscriptionChange():
                    self.notifier.changed(change, now)
                case PublicationChange(added=None) if not self.compositor.has_place(change.aor):
                    self.notifier.placed(change.aor, None, now)
        for _, outcome in judgement.outcomes:
            if isinstance(outcome, Published) and self._is_left(outcome):
                self.notifier.placed(outcome.change.aor, None, now)
        for report in judgement.placed:
            self.notifier.placed(report.account.aor, report, now)

    def _is_left(self, published: Published) -> bool:
        """Tell whether a document that told no place took the place of one that did."""
        had = published.replaced is not None and published.replaced.fix_time is not None
        return had and not self.compositor.has_place(published.change.aor)


def _report(account: Account, stored: StoredFix) -> LocationReport:
    terms = stored.terms
    return LocationReport(
        account, stored.fix, stored.shape, terms.keep_until, terms.may_tell_place, civic=stored.civic
    )
