"""The publishing device as a table: what each event does in each state (RFC 3903, section 4).

`PublicationClient` in ``publication_client.py`` walks it and builds the requests.
"""

from enum import StrEnum


class Phase(StrEnum):
    """Where a publication stands, seen from the device."""

    ABSENT = "absent"  # the server holds nothing of ours
    INITIATING = "initiating"  # an initial publication is under way
    HELD = "held"  # the server holds our last document, under a tag that we know
    MODIFYING = "modifying"
    REFRESHING = "refreshing"
    REMOVING = "removing"
    WAITING = "waiting"  # the server could not be asked; it will be again
    OVER = "over"


class Event(StrEnum):
    """What happens."""

    NEW = "new"  # there is a document to publish
    END = "end"  # no more will come, and all were dealt with
    DUE = "due"  # the time that was waited for: of a refresh, or of another try
    OK = "ok"  # 2xx
    CHALLENGED = "challenged"  # 401, 407
    GONE = "gone"  # 412: the tag is not known any more
    TOO_BRIEF = "too_brief"  # 423
    BUSY = "busy"  # 408, 480, 5xx, no answer at all: later perhaps
    REFUSED = "refused"  # this document cannot be taken
    FORBIDDEN = "forbidden"  # nothing of ours will be taken


class Act(StrEnum):
    """What is done about it."""

    IGNORE = "ignore"
    SEND_INITIAL = "send_initial"
    SEND_MODIFY = "send_modify"
    SEND_REFRESH = "send_refresh"
    SEND_REMOVE = "send_remove"
    AUTHORIZE = "authorize"  # the same request again, with credentials
    LENGTHEN = "lengthen"  # the same request again, with a longer life
    DELIVERED = "delivered"  # the document was taken
    RENEWED = "renewed"
    DROP = "drop"  # the document is lost, with its reason
    WAIT = "wait"
    RESUME = "resume"  # go on where the wait began
    GIVE_UP = "give_up"  # everything that is left is lost, with its reason
    FINISH = "finish"


_UNDER_WAY = (Phase.INITIATING, Phase.MODIFYING, Phase.REFRESHING, Phase.REMOVING)

TABLE: dict[tuple[Phase, Event], tuple[Phase, Act]] = {
    # what is not said below is ignored: answers that nobody waits for, timers that went off late.
    # A document that comes while a request is under way waits in the queue: one at a time (4.1).
    **{(phase, event): (phase, Act.IGNORE) for phase in Phase for event in Event},
    (Phase.ABSENT, Event.NEW): (Phase.INITIATING, Act.SEND_INITIAL),
    (Phase.ABSENT, Event.END): (Phase.OVER, Act.FINISH),
    (Phase.HELD, Event.NEW): (Phase.MODIFYING, Act.SEND_MODIFY),
    (Phase.HELD, Event.END): (Phase.REMOVING, Act.SEND_REMOVE),
    (Phase.HELD, Event.DUE): (Phase.REFRESHING, Act.SEND_REFRESH),
    (Phase.WAITING, Event.DUE): (Phase.HELD, Act.RESUME),
    **{(phase, Event.CHALLENGED): (phase, Act.AUTHORIZE) for phase in _UNDER_WAY},
    **{(phase, Event.BUSY): (Phase.WAITING, Act.WAIT) for phase in _UNDER_WAY},
    **{(phase, Event.FORBIDDEN): (Phase.OVER, Act.GIVE_UP) for phase in _UNDER_WAY},
    **{(phase, Event.TOO_BRIEF): (phase, Act.LENGTHEN) for phase in _UNDER_WAY},
    (Phase.INITIATING, Event.OK): (Phase.HELD, Act.DELIVERED),
    (Phase.INITIATING, Event.REFUSED): (Phase.ABSENT, Act.DROP),
    (Phase.INITIATING, Event.GONE): (Phase.ABSENT, Act.DROP),  # no tag was sent: a fault of the server's
    (Phase.MODIFYING, Event.OK): (Phase.HELD, Act.DELIVERED),
    (Phase.MODIFYING, Event.REFUSED): (Phase.HELD, Act.DROP),  # the old tag is still good (6, step 6)
    (Phase.MODIFYING, Event.GONE): (Phase.INITIATING, Act.SEND_INITIAL),  # never the same again (4.1)
    (Phase.REFRESHING, Event.OK): (Phase.HELD, Act.RENEWED),
    (Phase.REFRESHING, Event.REFUSED): (Phase.INITIATING, Act.SEND_INITIAL),
    (Phase.REFRESHING, Event.GONE): (Phase.INITIATING, Act.SEND_INITIAL),
    (Phase.REMOVING, Event.OK): (Phase.OVER, Act.FINISH),
    (Phase.REMOVING, Event.REFUSED): (Phase.OVER, Act.FINISH),  # it will end by itself
    (Phase.REMOVING, Event.GONE): (Phase.OVER, Act.FINISH),  # it has ended by itself
    (Phase.REMOVING, Event.TOO_BRIEF): (Phase.OVER, Act.FINISH),  # 0 is never too brief: the server's fault
}
