"""The daily cap on a recipient's SMS: which day it is for them, and whether it is used up.

The counting itself is the outbox's.
"""

from datetime import datetime, time

from alerts.recipient import Recipient


def day_start(recipient: Recipient, now: float) -> float:
    """Give the recipient's last midnight, UTC seconds.

    On a day whose midnight does not exist or comes twice (daylight-saving changes at 00:00), it is
    the earlier reading of PEP 495 (``fold=0``).
    """
    today = datetime.fromtimestamp(now, recipient.zone).date()
    return datetime.combine(today, time(), recipient.zone).timestamp()


def over_cap(recipient: Recipient, sent_today: int) -> str:
    """Say why no SMS may go out any more today; nothing while one may.

    Examples
    --------
    >>> from alerts.recipient import Address
    >>> mother = Recipient("mother", "UTC", (Address("mother/1", "json://localhost"),), sms_per_day=2)
    >>> over_cap(mother, 1), over_cap(mother, 2)
    ('', '2 of 2 SMS of the day are sent to mother')
    """
    if sent_today < recipient.sms_per_day:
        return ""
    return f"{sent_today} of {recipient.sms_per_day} SMS of the day are sent to {recipient.name}"
