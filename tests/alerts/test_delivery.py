"""Planning messages, and the states a delivery goes through."""

from dataclasses import replace

import pytest

from alerts import (
    LIFECYCLE,
    WAITING,
    AlertBook,
    Delivery,
    DeliveryError,
    DeliveryEvent,
    DeliveryState,
    Edge,
    Form,
    MemoryOutbox,
    plan,
)
from alerts.delivery import MAX_ERROR_LENGTH
from tests.alerts.story import BACK, MORNING, OFF_ROUTE, parent, told

P, R, S, G, C = DeliveryState
# Rows: what happens. Columns: PENDING, RECALLED, SENT, GIVEN_UP, CANCELLED. Written by hand, apart from
# the code.
EXPECTED = {
    DeliveryEvent.ACCEPTED: (S, S, S, G, C),
    DeliveryEvent.FAILED: (P, R, S, G, C),
    DeliveryEvent.EXPIRED: (G, G, S, G, C),
    DeliveryEvent.REFUSED: (G, G, S, G, C),
    DeliveryEvent.OVER_CAP: (G, G, S, G, C),
    DeliveryEvent.OPENING_PENDING: (P, R, S, G, C),
    DeliveryEvent.OPENING_UNTOLD: (C, C, S, G, C),
    DeliveryEvent.WITHDRAWN: (C, R, S, G, C),
    DeliveryEvent.WITHDRAWN_TOO_LATE: (R, R, S, G, C),
}


def a_delivery(state: DeliveryState = DeliveryState.PENDING) -> Delivery:
    (change,) = AlertBook().fold([told(OFF_ROUTE)], MORNING)
    (row,) = MemoryOutbox().add(plan(change, [parent()], MORNING))
    return replace(row, id=1, state=state, sent_at=MORNING if state is S else None)


@pytest.mark.parametrize("event", list(DeliveryEvent))
@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_meets_every_event(state: DeliveryState, event: DeliveryEvent) -> None:
    expected = EXPECTED[event][list(DeliveryState).index(state)]
    assert LIFECYCLE[state, event] is expected
    before = a_delivery(state)
    after = before.after(event, now=MORNING + 5, again_at=MORNING + 60, reason="because")
    assert after.state is expected
    if state not in WAITING:
        assert after == before
        return
    assert after.next_attempt_at == MORNING + 60
    assert after.sent_at == (MORNING + 5 if expected is S else None)
    tried = event in {
        DeliveryEvent.ACCEPTED,
        DeliveryEvent.FAILED,
        DeliveryEvent.EXPIRED,
        DeliveryEvent.REFUSED,
    }
    assert after.attempts == before.attempts + tried


def test_the_table_holds_nothing_else() -> None:
    assert set(LIFECYCLE) == {(state, event) for state in DeliveryState for event in DeliveryEvent}


def test_one_row_for_each_address_of_each_recipient() -> None:
    book = AlertBook()
    everyone = [parent("mother", mail=2, sms=1), parent("father", mail=0, sms=1, time_zone="Asia/Tokyo")]
    opened, ended = book.fold([told(OFF_ROUTE), told(BACK)], MORNING)
    for change, edge in ((opened, Edge.OPENED), (ended, Edge.RESOLVED)):
        rows = MemoryOutbox().add(plan(change, everyone, MORNING + 1))
        assert [row.address_key for row in rows] == ["mother/1", "mother/2", "mother/3", "father/1"]
        assert {row.edge for row in rows} == {edge}
        assert {(row.state, row.created_at, row.next_attempt_at) for row in rows} == {
            (P, MORNING + 1, MORNING + 1)
        }
        assert [row.form for row in rows] == [Form.FULL, Form.FULL, Form.SMS, Form.SMS]
        assert "15:4" in rows[3].body  # Tokyo reads its own clock


def test_a_sent_delivery_has_the_time_and_no_other_has() -> None:
    with pytest.raises(DeliveryError, match="sent_at"):
        replace(a_delivery(), sent_at=1.0)
    with pytest.raises(DeliveryError, match="sent_at"):
        replace(a_delivery(), state=S)


def test_an_error_text_is_kept_short() -> None:
    row = a_delivery().after(DeliveryEvent.REFUSED, now=0.0, reason="x" * 5000)
    assert len(row.last_error) == MAX_ERROR_LENGTH
