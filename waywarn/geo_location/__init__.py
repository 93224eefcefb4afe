"""An existing table of SIP locations, `geo_location`, row by row: for the store, or as a file of fixes."""

from waywarn.geo_location.place import Located, Refusal, Refused, read_row
from waywarn.geo_location.source import Source, SourceError
from waywarn.geo_location.tally import Tally

__all__ = ["Located", "Refusal", "Refused", "Source", "SourceError", "Tally", "read_row"]
