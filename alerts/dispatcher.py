"""Send what is due, then log it: which delivery may go now, one attempt, and when to look again.

It reads no clock, sleeps nowhere and starts no thread: the service runs `deliver` in threads if it
likes. When to retry is ``backoff.py``'s, sending is ``channel.py``'s.
"""

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.backoff import Backoff
from alerts.cap import day_start, over_cap
from alerts.channel import Channel, Failed, Sent
from alerts.delivery import WAITING, Delivery, DeliveryEvent
from alerts.following import ANSWERS, UNTOLD, UNTOLD_ALARM, Turn, turn_of
from alerts.outbox import Outbox
from alerts.recipient import Address, Form, Recipient

# Rows looked at in one go; the next go follows at once where there were more.
BATCH = 100


@dataclass(frozen=True, slots=True)
class _Unmarked:
    """A message that went out but whose row could not be changed."""

    outcome: Delivery
    again_at: float


class Dispatcher:
    """Bring deliveries from the outbox to their addresses.

    Promises, and what they rest on:

    - One attempt at a time per address; addresses do not wait for each other.
    - An all-clear, or a retraction, never goes to an address before its alarm, and only to addresses that got
      the alarm (``following.py``).
    - A row is marked after the channel confirmed (log after send). A crash in between repeats that one
      message after the restart; none is lost. A store that fails in between does not: the outcome
      stays here and marking it is tried again, the address waits.

    Parameters
    ----------
    outbox
        Where the deliveries are.
    channel
        How they go out.
    recipients
        All that may be told, by name or as a plain collection.
    rng
        For the backoff's jitter.
    policy
        When to retry and when to give up.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        recipients: Mapping[str, Recipient] | Iterable[Recipient],
        *,
        rng: random.Random,
        policy: Backoff | None = None,
    ) -> None:
        self._outbox, self._channel, self._rng = outbox, channel, rng
        self._policy = policy or Backoff()
        self._lock = threading.Lock()
        self._busy: dict[str, Delivery] = {}  # by address key
        self._held: set[str] = set()  # addresses whose SMS waits to learn whether another one counts
        self._unmarked: dict[str, _Unmarked] = {}  # by address key; these are busy too
        self._landed = 0  # how many flights have ended
        self._recipients: dict[str, Recipient] = {}
        self._addresses: dict[str, Address] = {}
        self.use_recipients(recipients)

    def use_recipients(self, recipients: Mapping[str, Recipient] | Iterable[Recipient]) -> None:
        """Take another set of recipients, for example after a reload; what is in flight goes on.

        What waits for an address that is gone is given up when it is due, with that reason.
        """
        everyone = recipients.values() if isinstance(recipients, Mapping) else recipients
        by_name = {recipient.name: recipient for recipient in everyone}
        by_key = {address.key: address for each in by_name.values() for address in each.addresses}
        self._recipients, self._addresses = by_name, by_key

    @property
    def next_wake(self) -> float | None:
        """When `take_due` is worth calling next; None if nothing waits.

        Addresses in flight do not count: the end of each `deliver` is worth a call by itself, and so is
        each commit that added rows.
        """
        with self._lock:
            skip = frozenset(self._busy) | self._held
            again = [unmarked.again_at for unmarked in self._unmarked.values()]
        due_at = self._outbox.next_due(skip)
        return min([*again, *([] if due_at is None else [due_at])], default=None)

    def run_due(self, now: float) -> tuple[Delivery, ...]:
        """Deliver everything that is due, one after the other, and give the rows as they then stand."""
        outcomes = []
        while taken := self.take_due(now):
            outcomes += [self.deliver(delivery, now) for delivery in taken]
        return tuple(outcomes)

    def take_due(self, now: float, limit: int = BATCH) -> tuple[Delivery, ...]:
        """Choose what may be sent now, at most one row per address; each must be handed to `deliver`.

        Rows that may not go are settled on the way: SMS over the cap are given up, all-clears wait for
        their alarm or are cancelled. Call it from one thread.

        Returns
        -------
        tuple of Delivery
            Claimed rows; their addresses are busy until `deliver` is through. Empty once nothing more
            can start now.

        Raises
        ------
        Exception
            Whatever the outbox raises; nothing is claimed then.
        """
        self._mark_the_unmarked(now)
        taken: list[Delivery] = []
        try:
            while len(taken) < limit and (rows := self._due(now, limit - len(taken))):
                taken += (claimed for row in rows if (claimed := self._claimed(row, now)))
        except Exception:
            for row in taken:
                self._release(row.address_key)
            raise
        return tuple(taken)

    def deliver(self, delivery: Delivery, now: float) -> Delivery:
        """Send one claimed delivery and mark what came of it. May run in any thread.

        Returns
        -------
        Delivery
            As it then stands: sent, pending with its next attempt, or given up.

        Raises
        ------
        Exception
            Whatever the outbox raises (the outcome is kept and marked later), and whatever the channel
            raises though it should not (the delivery is retried like any other).
        """
        try:
            outcome = self._attempt(delivery, now)
        except Exception as error:
            self._settle(self._failed(delivery, f"internal error: {type(error).__name__}", now), now)
            raise
        self._settle(outcome, now)
        return outcome

    def _due(self, now: float, limit: int) -> list[Delivery]:
        """Give the first due row of each free address: what it becomes decides about the next one."""
        with self._lock:
            skip = frozenset(self._busy) | self._held
        first_of: dict[str, Delivery] = {}
        for row in self._outbox.due(now, limit, skip):
            first_of.setdefault(row.address_key, row)
        return list(first_of.values())

    def _attempt(self, delivery: Delivery, now: float) -> Delivery:
        address = self._addresses.get(delivery.address_key)
        if address is None:
            result: Sent | Failed = Failed(
                f"address {delivery.address_key} is no longer configured", permanent=True
            )
        else:
            result = self._channel.send(address, delivery.title, delivery.body)
        if isinstance(result, Sent):
            return delivery.after(DeliveryEvent.ACCEPTED, now=now)
        if result.permanent:
            return delivery.after(DeliveryEvent.REFUSED, now=now, reason=result.reason)
        return self._failed(delivery, result.reason, now)

    def _failed(self, delivery: Delivery, reason: str, now: float) -> Delivery:
        with self._lock:
            again_at = self._policy.again_at(
                delivery.attempts + 1, now=now, created_at=delivery.created_at, rng=self._rng
            )
        if again_at is None:
            return delivery.after(
                DeliveryEvent.EXPIRED,
                now=now,
                reason=f"given up after {delivery.attempts + 1} attempts: {reason}",
            )
        return delivery.after(DeliveryEvent.FAILED, now=now, again_at=again_at, reason=reason)

    def _settle(self, outcome: Delivery, now: float) -> None:
        try:
            self._outbox.mark(outcome)
        except Exception:
            with self._lock:
                again_at = now + self._policy.delay_s(1, self._rng)
                self._unmarked[outcome.address_key] = _Unmarked(outcome, again_at)
            raise
        self._release(outcome.address_key)

    def _release(self, address_key: str) -> None:
        with self._lock:
            self._busy.pop(address_key, None)
            self._unmarked.pop(address_key, None)
            self._held.clear()
            self._landed += 1

    def _mark_the_unmarked(self, now: float) -> None:
        with self._lock:
            ready = [unmarked for unmarked in self._unmarked.values() if unmarked.again_at <= now]
        for unmarked in ready:
            self._settle(unmarked.outcome, now)

    def _claimed(self, row: Delivery, now: float) -> Delivery | None:
        """Claim the row's address and the row itself, or settle or hold the row."""
        if not self._is_its_turn(row, now):
            return None
        if row.form is Form.SMS and not self._within_cap(row, now):
            return None
        with self._lock:
            self._busy[row.address_key] = row
        try:
            claimed = self._outbox.claim(row)
        except Exception:
            self._release(row.address_key)
            raise
        if claimed is None:  # withdrawn a moment ago
            self._release(row.address_key)
        return claimed

    def _is_its_turn(self, row: Delivery, now: float) -> bool:
        earlier = self._outbox.earlier_of(row) if ANSWERS[row.edge] else ()
        turn = turn_of(row, earlier)
        if turn is Turn.NEVER:
            reason = UNTOLD.get(row.edge, UNTOLD_ALARM)
            self._outbox.mark(row.after(DeliveryEvent.OPENING_UNTOLD, now=now, reason=reason))
        elif turn is Turn.LATER:
            # Right behind the next attempt of what it waits for, which sorts before it; later than now in any
            # case, or the two would be looked at in circles.
            next_at = min(each.next_attempt_at for each in earlier if each.state in WAITING)
            again_at, reason = max(next_at, now + 1.0), "waits for its alarm to be told first"
            self._outbox.mark(
                row.after(DeliveryEvent.OPENING_PENDING, now=now, again_at=again_at, reason=reason)
            )
        return turn is Turn.NOW

    def _within_cap(self, row: Delivery, now: float) -> bool:
        recipient = self._recipients.get(row.recipient)
        if recipient is None:
            return True  # `deliver` gives it up: there is no such address either
        while True:
            landed = self._landed
            sent = self._outbox.sent_today(row.recipient, day_start(recipient, now))
            reason = over_cap(recipient, sent)
            if reason:
                self._outbox.mark(row.after(DeliveryEvent.OVER_CAP, now=now, reason=reason))
                return False
            with self._lock:
                if landed == self._landed:  # else one may have left the flight after it was not yet counted
                    return self._claims_sms(row, recipient, sent)

    def _claims_sms(self, row: Delivery, recipient: Recipient, sent: int) -> bool:
        in_flight = sum(b.recipient == row.recipient and b.form is Form.SMS for b in self._busy.values())
        if over_cap(recipient, sent + in_flight):
            # The last SMS of the day is on its way elsewhere: whether it counts is not known yet.
            self._held.add(row.address_key)
            return False
        return True
