"""`waywarn explain`: what the service decided is kept in a ring, bounded, purged, and explained from it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corridor import Corridor, format_instant
from rules import Deviation, Engine, Kind, RuleKey, Silence
from rules.explaining.explain import explain
from rules.explaining.explanation import Found
from tests.waywarn.town import FAR_OFF, NOW, ON_STREET, STREET, Town
from waywarn.cli import app
from waywarn.config import load_config
from waywarn.config.doors import open_all
from waywarn.kept import NotKeptError, moments_kept
from waywarn.store import Store
from waywarn.store.ring import KEPT, pack, unpack

WALK = ((0.0, ON_STREET), (30.0, FAR_OFF), (60.0, FAR_OFF))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store.sqlite")


def live(town: Town, store: Store, walk: tuple[tuple[float, tuple[float, float]], ...]) -> None:
    """Publish places one by one, as many seconds after NOW, and commit each."""
    for seconds, place in walk:
        judgement = town.intake.judge([town.admit(place, NOW + seconds)], NOW + seconds + 0.5)
        store.commit(judgement.batch)


def test_the_fix_that_raised_and_the_one_before_it_are_explained(store: Store) -> None:
    town = Town()
    live(town, store, WALK)
    [leaving] = moments_kept(store, "anna", NOW + 59)
    [why] = explain([town.rule], leaving)
    assert (why.found, why.before, why.after, why.said) == (Found.OUTSIDE, "on_route", "leaving", ())
    assert "1 of 3 fixes outside over 0 of 20 s" in why.why[1]
    [raised] = moments_kept(store, "anna", NOW + 60)
    [why] = explain([town.rule], raised)
    assert (why.before, why.after, why.said) == ("leaving", "off_route", (Kind.OFF_ROUTE,))


def test_the_first_fix_ever_is_explained_from_nothing(store: Store) -> None:
    town = Town()
    live(town, store, WALK)
    [moment] = moments_kept(store, "anna", NOW)
    [why] = explain([town.rule], moment)
    assert (why.before, why.after) == (None, "on_route")


def test_what_is_explained_live_is_what_replay_says_of_the_same_fixes(store: Store) -> None:
    from corridor import Fix, FixBatch
    from waywarn.explaining import moments_of

    town = Town()
    live(town, store, WALK)
    fixes = [Fix("anna", NOW + s, *place, accuracy_m=8.0) for s, place in WALK]
    options = {"run_start": NOW + 1e6, "max_speed_mps": 90.0, "late_horizon_s": 0.0}
    for seconds in (30.0, 60.0):
        again = moments_of([town.rule], FixBatch.from_fixes(fixes), "anna", NOW + seconds, **options)
        kept = moments_kept(store, "anna", NOW + seconds)
        assert [explain([town.rule], each) for each in kept] == [explain([town.rule], each) for each in again]


def test_a_duplicate_is_explained_as_discarded(store: Store) -> None:
    town = Town()
    live(town, store, (*WALK, (59.0, ON_STREET)))
    [moment] = moments_kept(store, "anna", NOW + 59)
    [why] = explain([town.rule], moment)
    assert why.found is Found.DISCARDED
    assert why.why == ("discarded: late, 1 s older than the newest fix of the device",)


def test_the_ring_holds_so_many_decisions_and_says_how_far_it_reaches(store: Store) -> None:
    town = Town()
    live(town, store, tuple((10.0 * each, ON_STREET) for each in range(KEPT + 5)))
    entries = store.decisions("anna")
    assert [entry.number for entry in entries] == list(range(6, KEPT + 6))
    assert moments_kept(store, "anna", NOW + 60)
    with pytest.raises(
        NotKeptError, match=f"the last {KEPT - 1} decisions are, from {format_instant(NOW + 60)} on"
    ):
        moments_kept(store, "anna", NOW + 50)
    with pytest.raises(NotKeptError, match='no fix of device "ben"'):
        moments_kept(store, "ben", NOW + 50)


def test_a_restart_goes_on_in_the_ring(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.sqlite") as store:
        live(Town(), store, WALK[:2])
    with Store.open(tmp_path / "store.sqlite") as store:
        town = Town(tag_prefix="u")
        for snapshot in store.states():
            town.engine.restore(snapshot)
        live(town, store, WALK[2:])
        assert [entry.number for entry in store.decisions("anna")] == [1, 2, 3]
        [moment] = moments_kept(store, "anna", NOW + 60)
        [why] = explain([town.rule], moment)
        assert (why.before, why.after) == ("leaving", "off_route")


def test_what_may_not_be_kept_any_more_is_purged_from_the_ring_too(store: Store) -> None:
    live(Town(), store, WALK)
    assert len(store.decisions("anna")) == 3
    purged = store.purge(NOW + 1e7)
    assert purged.decisions == 3
    assert store.decisions("anna") == ()


def test_a_timer_that_said_something_since_is_told_besides(store: Store) -> None:
    town = Town(rule=Silence(device="anna", silence_s=60.0))  # type: ignore[arg-type]  # any rule will do
    live(town, store, WALK[:1])
    store.commit(town.intake.judge([], NOW + 61).batch)
    alone = moments_kept(store, "anna", NOW + 59)
    assert len(alone) == 1
    _, silent = moments_kept(store, "anna", NOW + 300)
    [why] = explain([town.rule], silent)
    assert (why.found, why.said, why.after) == (Found.NO_FIX, (Kind.SILENT,), "silent")


def test_rows_of_several_devices_are_packed_each_for_itself() -> None:
    corridor = Corridor(STREET, half_width_m=40)
    engine = Engine([Deviation(corridor, name) for name in ("anna", "ben")])
    standing = engine.standing(("ben", "anna"))
    ben, anna = pack(standing)
    for device, record in (("ben", ben), ("anna", anna)):
        read = unpack(device, standing.layout, record)
        assert read.devices == (device,)
        assert read.rules == (RuleKey("deviation", device, corridor.fingerprint),)
        assert read.rule_rows.tobytes() == engine.standing((device,)).rule_rows.tobytes()
    assert unpack("ben", "older", ben).layout == "older"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    lines = [[float(lon), float(lat)] for lon, lat in zip(STREET.lon, STREET.lat, strict=True)]
    (tmp_path / "street.geojson").write_text(json.dumps({"type": "LineString", "coordinates": lines}))
    (tmp_path / "waywarn.toml").write_text(
        """
[service]
store = "waywarn.sqlite"
[sip]
domain = "town.example"
listen = ["udp:127.0.0.1:0"]
[devices.anna]
password = "invented"
[rules.to_school]
kind = "deviation"
device = "anna"
path = "street.geojson"
half_width_m = 40
starts = "at_once"
ends = "never"
""",
        encoding="utf-8",
    )
    return tmp_path / "waywarn.toml"


def test_the_command_answers_why_nobody_was_warned(config: Path) -> None:
    settings = load_config(config, {})
    rules, _, _ = open_all(settings)
    town = Town(rule=rules[0])  # type: ignore[arg-type]  # it is a deviation
    with Store.open(settings.service.store) as store:
        live(town, store, WALK)
    at = format_instant(NOW + 30)
    ran = CliRunner().invoke(app, ["explain", f"anna@{at}", "-c", str(config)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert ran.stdout == (
        f"anna, fix of {at} (16.37300, 48.20300, accuracy 8 m)\n"
        "  to_school: on route -> leaving\n"
        "      OUTSIDE: 334 m from the path, 40 m allowed, accuracy 8 m: "
        "outside with over 99.9 % (needs 95 %)\n"
        "      1 of 3 fixes outside over 0 of 20 s: not often and long enough yet\n"
    )
    early = CliRunner().invoke(app, ["explain", f"anna@{format_instant(NOW - 1)}", "-c", str(config)])
    assert early.exit_code == 2
    assert "no fix of device" in early.stderr
