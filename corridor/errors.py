"""What can be wrong with what a caller hands to this room; one root.

::

    CorridorError           everything below
    ├── FenceError          a fence that cannot be, or the file that should hold fences
    ├── FixError            a fix or a column of fixes that cannot be a place and a time
    ├── InstantError        a text that is not an instant, or an instant without a zone
    ├── PathError           a path, corridor or the file that should hold one
    ├── TrackError          a file of fixes that cannot be read at all
    └── XmlError            bytes that are not the small, plain XML that we accept
"""


class CorridorError(ValueError):
    """Root of this room's errors; the text says what, where and the value."""


class FenceError(CorridorError):
    """A fence that cannot be, or the file that should hold fences."""


class FixError(CorridorError):
    """A fix (or a row of a batch) that cannot be a place and a time."""


class InstantError(CorridorError):
    """A text that is not an instant, or an instant that names no zone."""


class PathError(CorridorError):
    """A path or corridor that cannot be, or the file that should hold it."""


class TrackError(CorridorError):
    """A file of fixes that cannot be read, or holds no usable fix."""


class XmlError(CorridorError):
    """XML that is malformed, too large, too deep, or carries a DOCTYPE."""
