"""Ways are remembered for a while, for so many, and of no account so many that others lose theirs."""

import pytest

from sip.errors import PeerFault
from sip.server.ways import MAX_WAYS, MAX_WAYS_PER_ACCOUNT, WAY_S, Way, Ways
from tests.sip.talk import DEVICE, NOW

WAY = Way(DEVICE, "sip:bert@192.0.2.10")


def test_a_way_is_remembered_until_its_time_is_over() -> None:
    ways = Ways()
    ways.remember("a", WAY, "sip:anna@x", NOW)
    assert (ways.find("a", NOW + WAY_S - 1), ways.find("b", NOW)) == (WAY, None)
    assert ways.find("a", NOW + WAY_S) is None
    ways.remember("b", WAY, "sip:anna@x", NOW + WAY_S)
    assert len(ways) == 1


def test_where_there_are_too_many_the_oldest_goes() -> None:
    ways = Ways()
    for number in range(MAX_WAYS + 1):
        ways.remember(f"{number}", WAY, f"sip:{number}@x", NOW)
    assert len(ways) == MAX_WAYS
    assert (ways.find("0", NOW), ways.find("1", NOW)) == (None, WAY)


def test_an_account_that_begins_too_much_pushes_nobody_out() -> None:
    ways = Ways()
    for number in range(MAX_WAYS - MAX_WAYS_PER_ACCOUNT):
        ways.remember(f"other {number}", WAY, f"sip:{number}@x", NOW)
    for number in range(MAX_WAYS_PER_ACCOUNT):
        ways.remember(f"{number}", WAY, "sip:eve@x", NOW)
    with pytest.raises(PeerFault) as refused:
        ways.remember("one more", WAY, "sip:eve@x", NOW)
    assert (refused.value.status, refused.value.headers) == (503, (("Retry-After", "240"),))
    assert (ways.find("other 0", NOW), len(ways)) == (WAY, MAX_WAYS)
    ways.remember("later", WAY, "sip:eve@x", NOW + WAY_S)
    assert len(ways) == 1
