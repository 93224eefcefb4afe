"""At an operator's SIP server: agents in child processes watch devices there, ring and tell them."""

from waywarn.operator.agents import Agents
from waywarn.operator.reading import Reader, Reading, Watched
from waywarn.operator.station import Station

__all__ = ["Agents", "Reader", "Reading", "Station", "Watched"]
