"""What can be wrong with what a caller hands to this room; one root.

::

    AlertsError             everything below
    ├── RecipientError      a recipient or address that could not be told anything
    └── DeliveryError       a delivery or alert that contradicts itself
"""


class AlertsError(ValueError):
    """Root of this room's errors; the text says what, where and the value, never a secret."""


class RecipientError(AlertsError):
    """A recipient or one of its addresses that could not be told anything."""


class DeliveryError(AlertsError):
    """A delivery or an alert that contradicts itself."""
