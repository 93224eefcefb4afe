"""From what a presence server sends to places: several devices in one document, closed ones, old news."""

import pytest

from sip import Account, RulePolicy
from waywarn.operator import Reader, Reading, Watched

NOW = 1_790_000_000.0
ADDRESS = "sip:anna@example.org"
TIMES = {0: "2026-09-21T14:13:20Z", 1: "2026-09-21T14:13:30Z", 2: "2026-09-21T14:13:40Z"}  # NOW - 0 .. + 20


def account(device: str, retention_s: float = 86_400.0) -> Account:
    policy = RulePolicy(retention_s=retention_s, retransmission_allowed=True)
    return Account.with_password(
        device, "pw", realm="r", aor=f"sip:{device}@example.org", device_id=device, policy=policy
    )


def part(name: str, lat: float, time: str | None, basic: str = "open") -> str:
    stamp = "" if time is None else f"<timestamp>{time}</timestamp>"
    return f"""
      <tuple id="{name}">
        <status>
          <basic>{basic}</basic>
          <gp:geopriv>
            <gp:location-info>
              <gml:Point srsName="urn:ogc:def:crs:EPSG::4326">
                <gml:pos>{lat} 16.37</gml:pos>
              </gml:Point>
            </gp:location-info>
            <gp:usage-rules/>
          </gp:geopriv>
        </status>
        {stamp}
      </tuple>"""


def document(*parts: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
      xmlns:gml="http://www.opengis.net/gml" entity="pres:anna@example.org">{"".join(parts)}
    </presence>
    """.encode()


def seen(reading: Reading) -> list[tuple[str, float, float]]:
    return [(each.fix.device_id, each.fix.lat, each.fix.time) for each in reading.reports]


def one() -> Reader:
    return Reader([Watched(ADDRESS, account("anna"))])


def two() -> Reader:
    return Reader(
        [Watched(ADDRESS, account("phone"), "phone-*"), Watched(ADDRESS, account("watch"), "watch")]
    )


def test_a_document_becomes_a_place_on_its_terms() -> None:
    (report,) = one().read(ADDRESS, document(part("t", 48.2, TIMES[0])), NOW).reports
    assert (report.account.device_id, report.fix.lat, report.fix.time) == ("anna", 48.2, NOW)
    assert (report.shape, report.keep_until, report.retransmission_allowed) == ("Point", NOW + 86_400, True)


def test_two_devices_of_one_user_are_two_reports() -> None:
    body = document(part("watch", 48.1, TIMES[0]), part("phone-a7", 48.2, TIMES[1]), part("tv", 1, TIMES[0]))
    assert seen(two().read(ADDRESS, body, NOW)) == [("watch", 48.1, NOW), ("phone", 48.2, NOW + 10)]


def test_of_several_locations_of_one_device_the_first_that_is_open_counts() -> None:
    body = document(
        part("old", 48.1, TIMES[0], "closed"), part("a", 48.2, TIMES[1]), part("b", 48.3, TIMES[0])
    )
    reading = one().read(ADDRESS, body, NOW)
    assert seen(reading) == [("anna", 48.2, NOW + 10)]
    assert reading.closed == 1


def test_the_last_place_of_a_closed_device_is_no_news() -> None:
    reading = one().read(ADDRESS, document(part("t", 48.2, TIMES[0], " closed ")), NOW)
    assert reading == Reading(closed=1)


@pytest.mark.parametrize("time", [TIMES[0], None])
def test_what_is_sent_again_as_it_was_is_passed_over(time: str | None) -> None:
    reader = one()
    assert len(reader.read(ADDRESS, document(part("t", 48.2, time)), NOW).reports) == 1
    assert reader.read(ADDRESS, document(part("t", 48.2, time)), NOW + 60) == Reading()
    assert len(reader.read(ADDRESS, document(part("t", 48.3, time)), NOW + 70).reports) == 1


def test_the_other_device_s_old_place_comes_with_the_one_s_new_one_and_is_passed_over() -> None:
    reader = two()
    reader.read(ADDRESS, document(part("watch", 48.1, TIMES[0]), part("phone-1", 48.2, TIMES[0])), NOW)
    body = document(part("watch", 48.1, TIMES[0]), part("phone-1", 48.3, TIMES[2]))
    assert seen(reader.read(ADDRESS, body, NOW)) == [("phone", 48.3, NOW + 20)]


def test_a_place_that_cannot_be_takes_no_other_with_it() -> None:
    body = document(part("watch", 95.0, TIMES[0]), part("phone-1", 48.2, TIMES[0]))
    reading = two().read(ADDRESS, body, NOW)
    assert seen(reading) == [("phone", 48.2, NOW)]
    assert len(reading.faults) == 1


@pytest.mark.parametrize("body", [b"", b"<presence/>", b"<!DOCTYPE a><a/>", document(part("a", 1, None) * 2)])
def test_a_bad_document_is_told_and_ignored(body: bytes) -> None:
    reading = one().read(ADDRESS, body, NOW)
    assert (reading.reports, len(reading.faults)) == ((), 1)


def test_a_place_past_its_retention_is_discarded() -> None:
    assert one().read(ADDRESS, document(part("t", 48.2, TIMES[0])), NOW + 86_400) == Reading()


def test_a_document_of_an_address_that_is_not_watched_is_nobody_s() -> None:
    assert one().read("sip:berta@example.org", document(part("t", 48.2, TIMES[0])), NOW) == Reading()
