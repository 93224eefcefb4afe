"""What was wrong with a document that was read all the same, by name.

Which faults are forgiven, and which are not, is docs/decisions/0040-pidf-leniency.md.
"""

from enum import StrEnum


class Flag(StrEnum):
    """A fault or an oddity that was forgiven; it goes into the log, never into the position."""

    AMBIGUOUS = "ambiguous"  # another location of the same kind of element lies apart (RFC 5491, rule 3)
    ALTITUDE_IGNORED = "altitude_ignored"  # three numbers where the shape or its CRS has two dimensions
    ALTITUDE_MISSING = "altitude_missing"  # two numbers in EPSG::4979
    CIVIC_NAMESPACE = "civic_namespace"  # the civicLoc of RFC 4119
    CONFIDENCE_INVALID = "confidence_invalid"  # read as unknown (RFC 7459, 4.1)
    CONFIDENCE_UNKNOWN = "confidence_unknown"  # the radius is taken as it stands; it may be any quantile
    DYNAMIC_INVALID = "dynamic_invalid"  # a speed, heading or orientation that cannot be; that one is ignored
    DYNAMIC_NAMESPACE = "dynamic_namespace"  # as RFC 6447, Figure 2 has it
    GEODETIC_ELSEWHERE = "geodetic_elsewhere"  # a civic location took precedence over a shape
    LOCATION_WRAPPER = "location_wrapper"  # gml:location round the shape, as RFC 6442 writes it
    METHOD_NAMESPACE = "method_namespace"  # method in the PIDF namespace, as RFC 5962 writes it
    METHOD_UNKNOWN = "method_unknown"  # not a registered token
    RING_CLOCKWISE = "ring_clockwise"  # reversed
    RING_LONG = "ring_long"  # over 15 distinct points (RFC 5491, 5.2.2: SHOULD)
    RING_OPEN = "ring_open"  # closed
    SCALED_AS_NORMAL = "scaled_as_normal"  # below 95 % with another or an unknown distribution: grown
    SEVERAL_LOCATIONS = "several_locations"  # more than one shape, location-info or geopriv in one place
    SRS_MISSING = "srs_missing"
    SRS_REPEATED = "srs_repeated"  # the same one again inside the shape
    SRS_SPELLING = "srs_spelling"  # EPSG:4326 in one of its wrong spellings
    STATUS_IN_DEVICE = "status_in_device"  # a status round the geopriv of a device or person
    TIMESTAMP_NAMESPACE = "timestamp_namespace"  # of PIDF in a device, or of the data model in a tuple
    UNREADABLE_ELSEWHERE = "unreadable_elsewhere"  # a location that was not chosen cannot be read
    UOM_MISSING = "uom_missing"  # metres and degrees were taken
    USAGE_NAMESPACE = "usage_namespace"  # of geopriv10 or another, not of basicPolicy
    USAGE_RULES_MISSING = "usage_rules_missing"  # the whole element: the account's rules stand in
    USAGE_SPELLING = "usage_spelling"  # retention-expires
    USAGE_VALUE = "usage_value"  # retransmission-allowed is no boolean: read as no
