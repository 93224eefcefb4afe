"""The way back to a device: commands that wait for it, are sent, answered and settled."""

from waywarn.wayback.errand import LIFETIMES_S, Errand
from waywarn.wayback.states import Input, State

__all__ = ["LIFETIMES_S", "Errand", "Input", "State"]
