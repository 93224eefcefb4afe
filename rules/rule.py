"""All kinds of rules that an engine decides by, as one type."""

from rules.deviation import Deviation
from rules.geofence import Geofence
from rules.watch.kinds import WATCHES, AnyWatch

RULES = (Deviation, Geofence, *WATCHES)
Rule = Deviation | Geofence | AnyWatch
