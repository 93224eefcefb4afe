"""The registering device as a table: what each event does in each state (RFC 3261, 10.2; RFC 5626).

`RegistrationClient` in ``registration_client.py`` walks it and builds the requests.
"""

from enum import StrEnum


class Phase(StrEnum):
    """Where a registration stands, seen from the device."""

    ABSENT = "absent"  # nothing was asked for yet
    REGISTERING = "registering"  # a REGISTER is under way: the first, a refresh, or of another contact
    REGISTERED = "registered"
    REMOVING = "removing"
    WAITING = "waiting"  # the server could not be asked, or refused; it will be asked again
    OVER = "over"


class Event(StrEnum):
    """What happens."""

    WANTED = "wanted"  # there is a contact to be reached at
    MOVED = "moved"  # the contact is another: the connection was lost, or the network changed
    END = "end"  # the device goes away
    DUE = "due"  # the time that was waited for
    OK = "ok"  # 2xx
    CHALLENGED = "challenged"  # 401, 407
    TOO_BRIEF = "too_brief"  # 423
    BUSY = "busy"  # 408, 480, 5xx, no answer at all: later perhaps
    REFUSED = "refused"  # not under this name and password; an operator may mend it


class Act(StrEnum):
    """What is done about it."""

    IGNORE = "ignore"
    SEND = "send"
    SEND_REMOVE = "send_remove"
    AUTHORIZE = "authorize"  # the same request again, with credentials
    LENGTHEN = "lengthen"  # the same request again, with a longer life
    TAKE = "take"  # the server reaches us there, for so long
    AGAIN = "again"  # once the request under way is answered, with the new contact
    WAIT = "wait"
    WAIT_LONG = "wait_long"
    FINISH = "finish"


TABLE: dict[tuple[Phase, Event], tuple[Phase, Act]] = {
    # what is not said below is ignored: answers that nobody waits for, timers that went off late
    **{(phase, event): (phase, Act.IGNORE) for phase in Phase for event in Event},
    (Phase.ABSENT, Event.WANTED): (Phase.REGISTERING, Act.SEND),
    (Phase.ABSENT, Event.END): (Phase.OVER, Act.FINISH),
    (Phase.REGISTERING, Event.OK): (Phase.REGISTERED, Act.TAKE),
    (Phase.REGISTERING, Event.CHALLENGED): (Phase.REGISTERING, Act.AUTHORIZE),
    (Phase.REGISTERING, Event.TOO_BRIEF): (Phase.REGISTERING, Act.LENGTHEN),
    (Phase.REGISTERING, Event.BUSY): (Phase.WAITING, Act.WAIT),
    (Phase.REGISTERING, Event.REFUSED): (Phase.WAITING, Act.WAIT_LONG),
    (Phase.REGISTERING, Event.MOVED): (Phase.REGISTERING, Act.AGAIN),
    (Phase.REGISTERING, Event.END): (Phase.OVER, Act.FINISH),  # what it may have made ends by itself
    (Phase.REGISTERED, Event.DUE): (Phase.REGISTERING, Act.SEND),
    (Phase.REGISTERED, Event.MOVED): (Phase.REGISTERING, Act.SEND),
    (Phase.REGISTERED, Event.END): (Phase.REMOVING, Act.SEND_REMOVE),
    (Phase.WAITING, Event.DUE): (Phase.REGISTERING, Act.SEND),
    (Phase.WAITING, Event.END): (Phase.OVER, Act.FINISH),
    (Phase.REMOVING, Event.OK): (Phase.OVER, Act.FINISH),
    (Phase.REMOVING, Event.CHALLENGED): (Phase.REMOVING, Act.AUTHORIZE),
    (Phase.REMOVING, Event.TOO_BRIEF): (Phase.OVER, Act.FINISH),  # 0 is never too brief: the server's fault
    (Phase.REMOVING, Event.BUSY): (Phase.OVER, Act.FINISH),  # it will end by itself
    (Phase.REMOVING, Event.REFUSED): (Phase.OVER, Act.FINISH),
}
