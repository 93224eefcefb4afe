"""What can be wrong with what a caller hands to this room; one root.

::

    RulesError              everything below
    ├── RuleError           a rule, or a set of rules, that cannot be
    ├── WindowError         a window's text, or a time zone that is not known
    └── StateError          a saved row that cannot be read, or a step undone out of order
"""


class RulesError(ValueError):
    """Root of this room's errors; the text says what, where and the value."""


class RuleError(RulesError):
    """A rule whose numbers cannot be, or two rules that cannot stand side by side."""


class WindowError(RulesError):
    """A window's text that cannot be read, or a time zone that is not known."""


class StateError(RulesError):
    """A saved row that cannot be read, or a step that is not the one to undo."""
