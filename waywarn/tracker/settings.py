"""How a tracker is told to run: values only, made from a file (``device_file.py``) or from options."""

from dataclasses import dataclass, field

from sip.device.adaptive_rate import AdaptiveRate
from sip.device.channel import ServerAddress
from sip.device.publish_policy import Policy
from sip.device.request_writer import Identity
from waywarn.tracker.duties import HookSettings
from waywarn.tracker.fix_queue import DEFAULT_MOST
from waywarn.tracker.supply import DEFAULT_PER_SECOND

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What holds for one run.

    Parameters
    ----------
    identity, server
        Who, and where to.
    policy
        Which fixes are chosen.
    hooks
        What carries out orders.
    retain_s
        How long a place may be kept, from when it was measured here.
    retransmission_allowed
        Whether guardians may be told of the places.
    is_reachable
        Whether the device registers, and takes orders.
    most_kept, per_second
        Of the queue: how many fixes, and how fast they go while catching up.
    """

    identity: Identity
    server: ServerAddress
    policy: Policy = field(default_factory=AdaptiveRate)
    hooks: HookSettings = field(default_factory=lambda: HookSettings({}, {}))
    retain_s: float = 30 * DAY_S
    retransmission_allowed: bool = True
    is_reachable: bool = True
    most_kept: int = DEFAULT_MOST
    per_second: float = DEFAULT_PER_SECOND
