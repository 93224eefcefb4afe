"""What a PUBLISH leads to: a publication that is kept, and perhaps a place. Values only.

Deciding which is ``compositor.py``.
"""

from dataclasses import dataclass

from sip.server.outcome import Answer
from sip.server.report import LocationReport


@dataclass(frozen=True, slots=True)
class Publication:
    """Event state that a device keeps alive; soft state of RFC 3903, without the document.

    Parameters
    ----------
    aor
        Whose.
    entity_tag
        Names it; never given twice.
    expires_at
        When it ends unless refreshed, UTC seconds.
    fix_time
        When the place in it was measured; None where it holds none.
    """

    aor: str
    entity_tag: str
    expires_at: float
    fix_time: float | None = None


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """What the store has to change of an address: the tag to remove, then the publication to add."""

    aor: str
    removed: str | None = None
    added: Publication | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A PUBLISH that is answered 200 once its change and its place are stored.

    Parameters
    ----------
    change
        To publications.
    entity_tag, expires_s
        For the answer.
    report
        The place; None for a refresh, a removal, a document without one, and one that must be discarded.
    replaced
        The publication that made way, for undoing.
    """

    change: PublicationChange
    entity_tag: str
    expires_s: int
    report: LocationReport | None = None
    replaced: Publication | None = None

    @property
    def answer(self) -> Answer:
        """The 200, with what RFC 3903 (section 6) has it say."""
        return Answer(200, (("Expires", str(self.expires_s)), ("SIP-ETag", self.entity_tag)))
