"""What a watcher wants to be told of: the filters of RFC 4661 and 6447 in a SUBSCRIBE."""

from sip.filters.area import Area, Side
from sip.filters.body import FILTER_TYPE, filters_in
from sip.filters.conditions import Appeared, Changed, EnterOrExit, Moved, Vanished
from sip.filters.filter_set import Filter, Filters, Trigger
from sip.filters.forms import Form, LocationType
from sip.filters.parse import parse_filters
from sip.filters.quantity import Quantity
from sip.filters.seen import Seen, Told
from sip.filters.write import write_filters

__all__ = [
    "FILTER_TYPE",
    "Appeared",
    "Area",
    "Changed",
    "EnterOrExit",
    "Filter",
    "Filters",
    "Form",
    "LocationType",
    "Moved",
    "Quantity",
    "Seen",
    "Side",
    "Told",
    "Trigger",
    "Vanished",
    "filters_in",
    "parse_filters",
    "write_filters",
]
