"""Rules of every kind: what is made of their tables, and what their presets give."""

import json
import re
from dataclasses import fields
from pathlib import Path
from statistics import NormalDist

import pytest

from corridor import Learned, learn
from rules import (
    Arrival,
    Condition,
    Deviation,
    Geofence,
    Movement,
    Progress,
    Proximity,
    Silence,
    Speed,
    WrongWay,
)
from sip.device.publish_policy import PublishPolicy
from tests.corridor.test_learning import LOWER_M, UPPER_M
from tests.corridor.trips import several
from tests.waywarn.kinds import HOURS, SCHOOL, configured, fill
from tests.waywarn.test_config import ENVIRON, EXAMPLE, folder
from waywarn.config import ConfigError, load_config
from waywarn.config.kinds.along_path import CORRIDOR_NUMBERS, AlongPathConfig
from waywarn.config.kinds.registry import KINDS
from waywarn.config.kinds.rule import USUAL_INTERVAL_S
from waywarn.config.kinds.silence import NEVER_INSIDE
from waywarn.config.table import keys_of
from waywarn.presets import PRESETS, Preset

__all__ = ["folder"]  # the fixture

ENGINE_RULES = {
    "deviation": Deviation,
    "geofence": Geofence,
    "wrong_way": WrongWay,
    "progress": Progress,
    "arrival": Arrival,
    "silence": Silence,
    "speed": Speed,
    "proximity": Proximity,
    "movement": Movement,
}


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    return fill(tmp_path)


def test_the_example_has_every_kind_and_all_are_made(folder: Path) -> None:
    config = load_config(folder / "waywarn.toml", ENVIRON)
    assert {rule.kind for rule in config.rules.values()} == set(KINDS)
    made = {type(rule) for rule in config.engine_rules()}
    assert made == set(ENGINE_RULES.values())


def test_the_example_is_explained_kind_by_kind(folder: Path) -> None:
    from waywarn.config.doors import open_all
    from waywarn.config.explain import explain

    config = load_config(folder / "waywarn.toml", ENVIRON)
    told = {section.title: dict(section.rows) for section in explain(config, open_all(config), now=1.79e9)}
    rules = {title.partition(":")[0]: rows for title, rows in told.items() if title.startswith("Rule ")}
    assert list(rules) == [f"Rule {name}" for name in config.rules]
    assert all(rows["says"] and rows["awake"] and rows["tells"] for rows in rules.values())
    assert "Rule not_in_a_car: anna goes no faster than 28.8 km/h" in told
    assert rules["Rule not_in_a_car"]["by preset child"].startswith("limit_mps 8, ")
    assert rules["Rule not_in_a_car"]["only while"] == "outside at_school, as that rule says"
    assert rules["Rule heard"]["says"].startswith("silent: no fix came for 4 min, counted from")
    assert "late: looks to end over 20 min later" in rules["Rule round_in_time"]["says"]


def test_the_example_names_every_key_of_every_kind() -> None:
    text = EXAMPLE.read_text()
    keys = {key for kind in KINDS.values() for key in keys_of(kind)}
    unnamed = {key for key in keys if not re.search(rf"\b{key}\b", text)}
    assert unnamed <= {"assigned", "except"}  # who follows a rule when is a story of its own


def test_each_preset_gives_numbers_to_every_kind_that_it_has() -> None:
    for preset in Preset:
        assert set(PRESETS[preset]) == set(KINDS)
        for kind, numbers in PRESETS[preset].items():
            assert numbers
            assert set(numbers) <= set(KINDS[kind].NUMBERS), (preset, kind)


def test_every_number_of_a_table_is_one_of_its_engine_s_rule() -> None:
    elsewhere = {*CORRIDOR_NUMBERS, "directed", "limit_kmh", "skip_m", "dwell_s"}
    for kind, model in KINDS.items():
        known = {field.name for field in fields(ENGINE_RULES[kind])}
        assert set(model.NUMBERS) - elsewhere <= known, kind


def test_too_vague_is_what_can_never_be_inside_the_preset_s_corridor() -> None:
    """From the decision 0022: in the middle, P = 2 (1 - F(w / s)) with s = accuracy / 2.4477."""
    ratio = 2.4477 / NormalDist().inv_cdf(1 - 0.35 / 2)
    assert pytest.approx(ratio, abs=0.005) == NEVER_INSIDE
    for numbers in PRESETS.values():
        never_m = ratio * numbers["deviation"]["half_width_m"]
        assert never_m * 0.99 < numbers["silence"]["vague_m"] <= never_m


def test_the_interval_of_doubts_is_that_of_a_publisher() -> None:
    assert PublishPolicy().at_least_every_s == USUAL_INTERVAL_S


MADE = [
    ('kind = "silence"\ndevice = "anna"', Silence, {"silence_s": 180, "vague_s": 300, "vague_m": 80}),
    ('kind = "silence"\ndevice = "anna"\npreset = "truck"', Silence, {"silence_s": 900, "vague_m": 390}),
    ('kind = "silence"\ndevice = "anna"\npreset = "truck"\nsilence_s = 60', Silence, {"silence_s": 60}),
    ('kind = "speed"\ndevice = "anna"\nlimit_kmh = 36', Speed, {"limit_mps": 10, "corridor": None}),
    ('kind = "speed"\ndevice = "anna"\npreset = "child"', Speed, {"limit_mps": 8, "confirm_s": 10}),
    ('kind = "speed"\ndevice = "anna"\npreset = "child"\nlimit_kmh = 18', Speed, {"limit_mps": 5}),
    ('kind = "movement"\ndevice = "van-*"', Movement, {"device": "van-7", "move_m": 50}),
    (
        f'kind = "arrival"\n{SCHOOL.partition(chr(10))[2]}\nmust = "leave"\n{HOURS}',
        Arrival,
        {"must": "leave"},
    ),
    ('kind = "proximity"\ndevice = "anna"\nother = "berta"\nnearer_m = 5', Proximity, {"nearer_m": 5}),
    ('kind = "wrong_way"\ndevice = "anna"\npath = "plain.geojson"', WrongWay, {"back_m": 50}),
    (
        'kind = "progress"\ndevice = "anna"\npath = "timed.geojson"\nlate_s = 60\npoints = { mill = 1800 }',
        Progress,
        {"late_s": 60, "points": {"mill": 1800}, "stall_s": 300},
    ),
]


@pytest.mark.parametrize(("table", "kind", "numbers"), MADE, ids=[table[8:60] for table, _, _ in MADE])
def test_a_table_becomes_a_rule_with_its_numbers(
    ground: Path, table: str, kind: type, numbers: dict[str, object]
) -> None:
    (rule,) = configured(ground, table).engine_rules()
    assert type(rule) is kind
    assert {key: getattr(rule, key) for key in numbers} == numbers


def test_other_limits_hold_on_stretches(ground: Path) -> None:
    table = """kind = "speed"
device = "anna"
limit_mps = 20
path = "plain.geojson"
stretches = [{ from_m = 0, to_m = 800, limit_kmh = 36 }, { from_m = 900, to_m = 1000, limit_mps = 4 }]"""
    (rule,) = configured(ground, table).engine_rules()
    assert isinstance(rule, Speed)
    assert [tuple(stretch) for stretch in rule.stretches] == [(0, 800, 10), (900, 1000, 4)]
    assert rule.corridor is not None
    assert rule.corridor.half_width_m == 40


def test_a_rule_is_awake_only_while_another_says_so(ground: Path) -> None:
    table = 'kind = "silence"\ndevice = "anna"\nwhile = "outside school"'
    rule, _ = configured(ground, table, f"[rules.school]\n{SCHOOL}").engine_rules()
    assert isinstance(rule, Silence)
    assert rule.condition == Condition("school", inside=False)


def test_every_kind_watches_several_devices_and_patterns(ground: Path) -> None:
    made = configured(ground, 'kind = "silence"\ndevices = ["van-*", "a*"]').engine_rules()
    assert [(rule.name, rule.device) for rule in made] == [("it", "van-7"), ("it", "anna")]


def test_the_other_device_of_a_pattern_is_not_compared_with_itself(ground: Path) -> None:
    table = 'kind = "proximity"\ndevice = "*"\nother = "anna"\nfarther_m = 50'
    made = configured(ground, table).engine_rules()
    assert [rule.device for rule in made] == ["berta", "van-7"]


def test_rules_of_one_path_share_one_corridor(ground: Path) -> None:
    way = 'device = "anna"\npath = "plain.geojson"'
    more = (
        f'[rules.back]\nkind = "wrong_way"\n{way}\n[rules.wide]\nkind = "progress"\n{way}\nhalf_width_m = 90'
    )
    keeps, back, wide = configured(ground, f'kind = "deviation"\n{way}', more).engine_rules()
    assert isinstance(keeps, Deviation)
    assert isinstance(back, WrongWay)
    assert isinstance(wide, Progress)
    assert keeps.corridor is back.corridor
    assert keeps.corridor is not wide.corridor
    assert keeps.corridor.path is wide.corridor.path


@pytest.mark.parametrize(
    ("rule", "late_horizon_s", "said"),
    [
        ("", 900, "15 min behind their device's newest, by default"),
        ('preset = "child"', 900, "15 min behind their device's newest, by preset child"),
        ('preset = "truck"', 86_400, "1 d behind their device's newest, by preset truck"),
    ],
)
def test_late_fixes_count_as_long_as_the_slowest_preset_says(
    ground: Path, rule: str, late_horizon_s: float, said: str
) -> None:
    from waywarn.config.doors import open_all
    from waywarn.config.explain import explain

    config = configured(ground, f'kind = "silence"\ndevice = "anna"\n{rule}')
    assert config.late_horizon_s == late_horizon_s
    service = next(iter(explain(config, open_all(config), now=0)))
    assert dict(service.rows)["late fixes"].endswith(said)


def test_a_horizon_that_is_stated_wins(ground: Path) -> None:
    more = "tell = []\n[service]\nlate_horizon_s = 0"
    file = ground / "kinds.toml"
    configured(ground, 'kind = "silence"\ndevice = "anna"\npreset = "truck"')
    file.write_text(
        file.read_text().replace('service.store = "w.sqlite"\n', "") + f'{more}\nstore = "w.sqlite"'
    )
    assert load_config(file, {}).late_horizon_s == 0


def test_every_kind_along_a_path_has_a_corridor_s_numbers() -> None:
    along = [kind for kind, model in KINDS.items() if issubclass(model, AlongPathConfig)]
    assert along == ["deviation", "wrong_way", "progress", "speed"]


LEARNED = 'device = "anna"\npath = "way.geojson"\nhalf_width_m = "learned"'


def _learned(folder: Path) -> Learned:
    trips = several(LOWER_M, range(3)) + several(UPPER_M, [50, 51])
    learned = learn(trips, name="to school")
    (folder / "way.geojson").write_text(json.dumps(learned.to_geojson()))
    return learned


def test_what_was_learned_from_trips_is_a_rule_s_legal_ways(ground: Path) -> None:
    from waywarn.config.doors import open_all
    from waywarn.config.explain import explain

    learned = _learned(ground)
    config = configured(ground, f'kind = "deviation"\n{LEARNED}\nstart_disc_m = 60')
    (rule,) = config.engine_rules()
    assert isinstance(rule, Deviation)
    assert [corridor.path.name for corridor in rule.corridors] == ["to school", "to school, way 2"]
    for corridor, other in zip(rule.corridors, learned.corridors, strict=True):
        assert corridor.half_width_m == pytest.approx(other.half_width_m, abs=0.11)
        assert corridor.terms.grace_m == (60, 0)
    (rows,) = [
        dict(section.rows)
        for section in explain(config, open_all(config), now=0)
        if section.title.startswith("Rule ")
    ]
    assert "to school, way 2: " in rows["paths"]
    assert "m to each side" in rows["corridor"]
    assert any("half_width_m learned" in str(row) for row in rows.values())


def test_a_rule_about_progress_keeps_to_the_main_one_of_what_was_learned(ground: Path) -> None:
    _learned(ground)
    (rule,) = configured(ground, f'kind = "wrong_way"\n{LEARNED}').engine_rules()
    assert isinstance(rule, WrongWay)
    assert rule.corridor.path.name == "to school"


def test_a_path_that_was_not_learned_has_no_learned_widths(ground: Path) -> None:
    table = 'kind = "deviation"\ndevice = "anna"\npath = "plain.geojson"\nhalf_width_m = "learned"'
    with pytest.raises(ConfigError, match="has no half_width_m at each vertex; it was not learned"):
        configured(ground, table).engine_rules()
    _learned(ground)
    with pytest.raises(ConfigError, match="cannot stand beside a half width that was learned"):
        configured(ground, f'kind = "deviation"\n{LEARNED}\nleft_half_width_m = 20').engine_rules()
