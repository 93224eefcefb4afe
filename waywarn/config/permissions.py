"""Who may see what of whom, as ``[watchers.NAME]`` says it."""

from functools import lru_cache
from typing import TYPE_CHECKING

from sip.server.permission import DENIED, Permission, Watching
from waywarn.config.references import is_about

if TYPE_CHECKING:
    from sip import Directory
    from waywarn.config.accounts import WatcherConfig
    from waywarn.config.config import Config

_KEPT = 65_536  # pairs of watcher and device, at some 200 bytes


class Permissions:
    """Tells what a watcher may see of a device.

    Parameters
    ----------
    config
        Whose watchers; whom it does not name sees nothing.
    directory
        Which device has which address.
    """

    def __init__(self, config: "Config", directory: "Directory") -> None:
        domain = config.sip.domain
        self._watchers: dict[str, WatcherConfig] = {
            f"sip:{watcher.sip_user}@{domain.lower()}": watcher for watcher in config.watchers.values()
        }
        self._directory = directory
        # asked three times for each NOTIFY; what the configuration says does not change while it runs
        self._known = lru_cache(maxsize=_KEPT)(self._look_up)

    def __call__(self, watcher: str, device: str) -> Permission:
        """Give what holds for two addresses of record: the first entry that fits the device counts."""
        account = self._directory.of_aor(device)
        if account is None or account.device_id is None:
            return DENIED
        return self._known(watcher, account.device_id)

    def _look_up(self, watcher: str, device_id: str) -> Permission:
        config = self._watchers.get(watcher)
        for watch in config.watches if config is not None else ():
            if is_about(watch.device, device_id):
                return Permission(Watching(watch.answer), watch.coarse_m or 0.0)
        return DENIED
