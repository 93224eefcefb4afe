"""Wrong rules of every kind: each with the line, the key and the words that its owner reads."""

from pathlib import Path

import pytest

from tests.waywarn.kinds import HOURS, RULE_LINE, SCHOOL, configured, fill
from waywarn.config import ConfigError

SILENCE = 'kind = "silence"\ndevice = "anna"\n'
SPEED = 'kind = "speed"\ndevice = "anna"\n'
NEAR = 'kind = "proximity"\ndevice = "anna"\n'
BACK = 'kind = "wrong_way"\ndevice = "anna"\npath = "plain.geojson"\n'
ROUND = 'kind = "progress"\ndevice = "anna"\npath = "timed.geojson"\n'
PLACE = 'device = "anna"\ncircle = { lon = 16, lat = 48, radius_m = 80 }\n'
ARRIVAL = f'kind = "arrival"\n{PLACE}'
FENCE = f'kind = "geofence"\n{PLACE}'
WAY = 'kind = "deviation"\ndevice = "anna"\n'

SPOILED = [  # a rule, after how many lines from its header, and what is said
    (SILENCE + "silence_s = 0", 3, "silence_s: 0 is not more than 0; give seconds, for example 300"),
    (SILENCE + "silence_s = 604801", 3, "silence_s: 604801 is not at most 604800"),
    (SILENCE + "vague_m = inf", 3, "vague_m: inf is not a finite number; give metres"),
    (SILENCE + "half_width_m = 3", 3, "half_width_m: is not known here; known here: "),
    (SILENCE + 'preset = "bike"', 3, "preset: 'bike' is none of the choices; choose child or bicycle or car"),
    ('kind = "silense"\ndevice = "anna"', 1, "kind: 'silense' is none of the choices; did you mean silence?"),
    ('device = "anna"\nother = "berta"', 0, "kind: is missing; write kind = "),
    (SILENCE + 'while = "at school"', 3, 'while: condition "at school" is not read; write "inside RULE"'),
    (SILENCE + 'while = "inside scool"', 3, "while: there is no rule 'scool' ([rules.NAME]); did you mean"),
    (SILENCE + 'while = "inside it"', 3, "while: rule 'it' is no geofence rule, so nobody is inside it"),
    (
        SILENCE.replace('device = "anna"', 'devices = ["anna", "b*"]') + 'while = "inside school"',
        3,
        "while: rule 'school' does not watch 'berta', which this one does; add 'berta' to the devices",
    ),
    (SILENCE + "while = 3", 3, "while: 3 is a number, not text; write for example"),
    (FENCE + 'while = "inside school"', 4, "while: is not known here"),
    (SPEED, 0, " there is no limit_kmh or limit_mps; give exactly one of limit_kmh, limit_mps, or a preset"),
    (SPEED + "limit_kmh = 30\nlimit_mps = 8", 4, "limit_mps: limit_kmh is given too; give exactly one"),
    (SPEED + 'limit_kmh = "30"', 3, "limit_kmh: '30' is text, not a number; give km/h"),
    (SPEED + 'limit_kmh = 9\npath = "plain.geojson"', 4, "path: needs a stretches beside it; nothing else"),
    (
        SPEED + "limit_kmh = 9\nstretches = [{ from_m = 0, to_m = 9, limit_kmh = 3 }]",
        4,
        "stretches: needs a path beside it; their metres are counted along it",
    ),
    (
        SPEED + 'limit_kmh = 9\npath = "plain.geojson"\nstretches = [{ from_m = 0, to_m = 9 }]',
        5,
        "stretches[0]: there is no limit_kmh or limit_mps; give exactly one",
    ),
    (
        SPEED
        + 'limit_kmh = 9\npath = "plain.geojson"\nstretches = [{ from_m = 9, to_m = 9, limit_kmh = 3 }]',
        5,
        "stretches: the stretch from 9 to 9 m has no length; give the beginning first",
    ),
    (
        SPEED + 'limit_kmh = 9\npath = "plain.geojson"\nstretches = [{ from_m = 0, to = 9, limit_kmh = 3 }]',
        5,
        "stretches[0].to: is not known here; did you mean to_m?",
    ),
    (
        SPEED
        + 'limit_kmh = 9\npath = "plain.geojson"\nstretches = [{ from_m = 0, to_m = 9, limit_kmh = 3 },\n'
        + "{ from_m = 8, to_m = 19, limit_kmh = 3 }]",
        5,
        "stretches: the stretch from 8 to 19 m begins before the one above ends (9 m); set them apart",
    ),
    (
        SPEED
        + 'limit_kmh = 9\npath = "plain.geojson"\nstretches = [{ from_m = 0, to_m = 9e3, limit_kmh = 3 }]',
        5,
        "stretches[0].to_m: 9000 m is beyond the end of plain.geojson (1858 m)",
    ),
    (NEAR + 'other = "anna"\nfarther_m = 50', 3, "other: is the device itself; name another"),
    (
        NEAR + 'other = "bertha"\nfarther_m = 50',
        3,
        "other: no device is called 'bertha' ([devices.NAME]); did",
    ),
    (NEAR + "farther_m = 50", 0, "other: is missing; name one of [devices.NAME]"),
    (NEAR + 'other = "berta"', 0, " there is no farther_m or nearer_m; give exactly one of"),
    (NEAR + 'other = "berta"\nfarther_m = 5\nnearer_m = 5', 5, "nearer_m: farther_m is given too"),
    (BACK + "angle_deg = 181", 4, "angle_deg: 181 is not at most 180; give degrees"),
    (BACK + 'paths = ["plain.geojson"]', 4, "paths: is not known here; did you mean path?"),
    (BACK + "directed = true", 4, "directed: is not known here"),
    (BACK.replace("plain", "none"), 3, "path: path file 'none.geojson' cannot be read (no such file"),
    (BACK + "half_width_m = [40, 50]", 4, "half_width_m: "),
    (ROUND.replace("timed", "plain") + "late_s = 60", 4, "late_s: plain.geojson has no times to be late by"),
    (
        ROUND + "points = { mill = 2000 }",
        4,
        "points.mill: 2000 m is beyond the end of timed.geojson (1858 m)",
    ),
    (ROUND + "points = { mill = -1 }", 4, "points.mill: -1 is not at least 0; give metres along the path"),
    (ROUND + "points = { 'a/b' = 1 }", 4, "points.'a/b': 'a/b' cannot be the name of a point"),
    (ROUND + "points = 5", 4, "points: the value is a number, not a table; give metres along the path"),
    (ROUND + 'departs = "7:10"\nlate_s = 60\n' + HOURS, 4, "departs: '7:10' is not a time of day; write for"),
    (ROUND + 'departs = "07:10"\nlate_s = 60', 4, "departs: needs a when beside it; in its hours"),
    (ROUND + 'departs = "07:10"\n' + HOURS, 4, "departs: needs a late_s beside it; nothing is late without"),
    (
        ROUND + "departs = 07:10:00\nlate_s = 60\n" + HOURS,
        4,
        "departs: the value is a date or time, not text",
    ),
    (
        ARRIVAL + 'must = "come"\n' + HOURS,
        4,
        "must: 'come' is none of the choices; choose arrive or leave or",
    ),
    (ARRIVAL, 0, " there is no when, whose end is the deadline; write when = "),
    (ARRIVAL.replace("circle", "# circle") + HOURS, 0, " there is no fences or circle; give exactly one"),
    (FENCE + 'says = ["enter", "dwell"]', 4, 'says: "dwell" needs a dwell_s beside it; give seconds'),
    (FENCE + "dwell_s = 60", 4, 'dwell_s: needs "dwell" in says; write says = ["enter", "exit", "dwell"]'),
    (FENCE + 'says = ["entr"]', 4, "says[0]: 'entr' is none of the choices; did you mean enter?"),
    (FENCE + "says = []", 4, "says: is empty; give a list"),
    (FENCE + 'says = ["exit", "exit"]', 4, "says[1]: 'exit' is named twice; name it once"),
    (WAY, 0, " there is no path or paths; give exactly one of path, paths"),
    (WAY + 'path = "plain.geojson"\npaths = ["timed.geojson"]', 4, "paths: path is given too; give exactly"),
    (WAY + 'paths = ["plain.geojson",\n"none.geojson"]', 4, "paths[1]: path file 'none.geojson' cannot be"),
    (WAY + 'paths = ["plain.geojson", "plain.geojson"]', 3, "paths[1]: 'plain.geojson' is named twice"),
    (WAY + f"paths = {['plain.geojson'] * 33}", 3, "paths: has more than 32 entries; give a list of legal"),
    (WAY + "paths = []", 3, "paths: is empty; give a list of legal ways"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path)


@pytest.mark.parametrize(("rule", "below", "said"), SPOILED, ids=[said[:60] for _, _, said in SPOILED])
def test_each_mistake_of_a_kind_is_named(folder: Path, rule: str, below: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(folder, rule, f"[rules.school]\n{SCHOOL}").engine_rules()
    found = [str(problem).partition("kinds.toml:")[2] for problem in caught.value.problems]
    place = f"{RULE_LINE + below}: rules.it{'' if said.startswith(' ') else '.'}"
    wanted = f"{place}:{said}" if said.startswith(" ") else f"{place}{said}"
    assert [line for line in found if line.startswith(wanted)], (wanted, found)


TOLD = '[recipients.m]\ntime_zone = "UTC"\naddresses = ["mailto://u:p@example.org?to=m@example.org"]\n'
DOUBTED = [  # a rule, what stands beside it, and the key and the words of the warning
    (WAY + 'path = "plain.geojson"', "", "starts: waits for a first fix on the path and has no deadline"),
    (SILENCE + "silence_s = 30", "", "silence_s: 30 s is shorter than the 60 s at which a resting device"),
    (
        SILENCE + "vague_m = 100",
        f'[rules.way]\n{WAY}path = "plain.geojson"\nhalf_width_m = 30\n',
        "vague_m: a fix good to 100 m is not too vague here, but never inside the 30 m of rule way; give",
    ),
    (
        SILENCE + f"silence_s = 4500\n{HOURS}",
        "",
        "silence_s: silence_s 4500 does not fit into its hours, 75 min",
    ),
    (SILENCE + 'time_zone = "UTC"', "", "time_zone: has no effect without `when`"),
    (
        SPEED + 'preset = "child"\nlimit_kmh = 40',
        "",
        "limit_kmh: 40 km/h is more than a child moves at (28.8",
    ),
    (SPEED + "limit_kmh = 400", "", "limit_kmh: 400 km/h is never passed: a fix that implies it is taken"),
    (
        NEAR + 'other = "berta"\nfarther_m = 50\nmax_age_s = 20',
        "",
        "max_age_s: 20 s is shorter than the 60 s",
    ),
    (ARRIVAL + 'must = "stay"', "", "must: asks for it day and night; give hours"),
    ('kind = "movement"\ndevice = "anna"', "", " watches day and night, so every trip is an alarm"),
    (
        'kind = "movement"\ndevice = "anna"\nmove_m = 5',
        "",
        "move_m: 5 m is less than the accuracy of a usual",
    ),
    (BACK + "half_width_m = 5", "", "half_width_m: 5 m is less than the accuracy of a usual fix"),
    (BACK, "", "tell: this rule tells nobody"),
    (
        f'{SILENCE}while = "inside school"',
        f'[rules.school]\n{SCHOOL}\nwhen = "Sat 7:00-8:00"\ntime_zone = "UTC"',
        "while: rule school sleeps outside Sat 7:00-8:00, and knows of nobody inside then; leave out its",
    ),
    (
        'kind = "silence"\nwhile = "inside school"\nassigned = true',
        f'[rules.school]\n{SCHOOL}\n[[assignments]]\ndevice = "berta"\nrule = "it"',
        "while: rule school does not watch 'berta', to whom this one is assigned; add 'berta' to its",
    ),
]


@pytest.mark.parametrize(("rule", "more", "said"), DOUBTED, ids=[said[:60] for _, _, said in DOUBTED])
def test_what_is_likely_not_meant_is_warned_of(folder: Path, rule: str, more: str, said: str) -> None:
    warnings = configured(folder, rule, more).warnings()
    wanted = f"rules.it:{said}" if said.startswith(" ") else f"rules.it.{said}"
    assert [line for line in warnings if wanted in line], warnings


@pytest.mark.parametrize(
    "deadline",
    [f"{ARRIVAL}{HOURS}", SILENCE, SILENCE.replace('"anna"', '"a*"')],
    ids=["arrival", "silence", "a*"],
)
def test_a_deadline_beside_it_answers_a_rule_that_waits_for_its_start(folder: Path, deadline: str) -> None:
    way = WAY + 'path = "plain.geojson"'
    assert any("no deadline" in line for line in configured(folder, way).warnings())
    assert not any(
        "no deadline" in line for line in configured(folder, way, f"[rules.d]\n{deadline}").warnings()
    )
    other = f"[rules.d]\n{deadline}".replace('"anna"', '"berta"').replace('"a*"', '"b*"')
    assert any("no deadline" in line for line in configured(folder, way, other).warnings())


def test_the_numbers_of_every_preset_are_not_doubted(folder: Path) -> None:
    rules = {
        "way": WAY + 'path = "plain.geojson"',
        "back": BACK,
        "round": ROUND,
        "place": f"{ARRIVAL}{HOURS}",
        "heard": SILENCE,
        "speed": SPEED,
        "near": NEAR + 'other = "berta"\nfarther_m = 50',
        "parked": f'kind = "movement"\ndevice = "anna"\n{HOURS}',
    }
    for preset in ("child", "bicycle", "car", "truck"):
        said = f'preset = "{preset}"\ntell = ["m"]\n'
        more = "".join(f"[rules.{name}]\n{rule.rstrip()}\n{said}" for name, rule in rules.items())
        config = configured(folder, f"{FENCE}{said}", more + TOLD)
        doubted = [line for line in config.warnings() if "rules." in line]
        assert doubted == []
        assert len(config.engine_rules()) == len(rules) + 1
