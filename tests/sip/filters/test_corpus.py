"""The filters of RFC 4661 itself, and those of a public conformance suite's SUBSCRIBE scenarios."""

import re
from pathlib import Path

import pytest

from sip.errors import PeerFault
from sip.filters import parse_filters

pytestmark = pytest.mark.data

# RFC 4661's examples ask for parts of documents, or name values by whole paths: RFC 6447 allows neither
RFC_4661 = {
    "rfc4661_01_filter-set.xml": "include in what",
    "rfc4661_02_filter-set.xml": "form //prefix:element",
    "rfc4661_03_filter-set.xml": "form //prefix:element",
    "rfc4661_04_filter-set.xml": "include in what",
    "rfc4661_05_filter-set.xml": "include in what",
    "rfc4661_06_filter-set.xml": "include in what",
}
SCENARIOS = {
    "civic_address": None,
    "distance": None,
    "enter_area": None,
    "location_type_change": None,
    "location_type": "unbound prefix",  # lf: is not declared in the document
    "speed": None,
}


@pytest.mark.parametrize(("name", "says"), RFC_4661.items())
def test_the_examples_of_rfc_4661_are_refused_for_what_they_ask(
    shared_data: Path, name: str, says: str
) -> None:
    with pytest.raises(PeerFault) as refused:
        parse_filters((shared_data / "pidflo" / "rfc" / name).read_bytes())
    assert refused.value.status == 488
    assert says in refused.value.reason


@pytest.mark.parametrize(("name", "says"), SCENARIOS.items())
def test_the_filters_of_the_scenarios(shared_data: Path, name: str, says: str | None) -> None:
    scenario = shared_data / "pidflo" / "ng911dev" / f"SIP_SUBSCRIBE_{name}_filter_with_NOTIFY_receive.xml"
    body = re.search(rb"<filter-set.*</filter-set>", scenario.read_bytes(), re.DOTALL)
    assert body is not None
    if says is None:
        assert len(parse_filters(body[0]).filters) == 1
    else:
        with pytest.raises(PeerFault, match=says):
            parse_filters(body[0])
