"""What has ended is said until it is stored."""

from sip.server.presence_server import PresenceServer
from sip.server.subscription import Ending, SubscriptionChange
from tests.sip.server.house import House


def test_what_ended_and_could_not_be_stored_is_said_again_once_and_first() -> None:
    house = House()
    first, second = house.subscribe(expires="60"), house.subscribe(expires="120")
    server = PresenceServer({"SUBSCRIBE": house.subscriptions})
    ended = server.expire(first.expires_at)
    assert ended == (SubscriptionChange(first, None, Ending.TIMEOUT),)
    server.undo_expire(ended)
    assert server.next_wake == 0.0
    later = SubscriptionChange(second, None, Ending.TIMEOUT)
    assert server.expire(second.expires_at) == (*ended, later)
    assert server.next_wake is None
    assert server.expire(second.expires_at + 1) == ()
