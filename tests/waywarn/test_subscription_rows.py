"""Subscriptions in the store: what one batch says of them comes back as one state."""

from dataclasses import replace
from pathlib import Path

from sip import CseqReserved, SubscriptionChange
from sip.server.pacing import Pace
from sip.server.subscription import Ending
from tests.sip.server.house import House
from tests.sip.talk import NOW
from waywarn.store import Batch, Store


def test_a_subscription_comes_back_as_it_was(tmp_path: Path) -> None:
    house = House()
    first = house.subscribe(event="presence;id=7;max-rate=0.5", record_route="<sip:p.example;lr>")
    with Store.open(tmp_path / "s.sqlite") as store:
        store.commit(Batch(NOW, (SubscriptionChange(None, first),)))
    with Store.open(tmp_path / "s.sqlite") as store:
        assert store.subscriptions() == (first,)


def test_numbers_reserved_while_a_refresh_was_decided_are_kept_with_it(tmp_path: Path) -> None:
    first = House().subscribe()
    refreshed = replace(first, expires_at=first.expires_at + 60, pace=Pace(max_rate=1.0))
    change, more = SubscriptionChange(first, refreshed), CseqReserved(first.key, 2_000)
    with Store.open(tmp_path / "s.sqlite") as store:
        for batch in ((SubscriptionChange(None, first),), (more, change), (more,), (change, more)):
            store.commit(Batch(NOW, batch))
        assert store.subscriptions() == (replace(refreshed, reserved_cseq=2_000),)


def test_what_one_batch_makes_and_ends_is_not_kept(tmp_path: Path) -> None:
    first = House().subscribe()
    end = SubscriptionChange(first, None, Ending.TIMEOUT)
    with Store.open(tmp_path / "s.sqlite") as store:
        store.commit(Batch(NOW, (SubscriptionChange(None, first), CseqReserved(first.key, 2_000), end)))
        assert store.subscriptions() == ()
        store.commit(Batch(NOW, (CseqReserved(first.key, 3_000),)))
        assert store.subscriptions() == ()
