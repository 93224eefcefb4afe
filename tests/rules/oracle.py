"""The deviation rule once more: slow, plain, an object for each fix; what the engine is held against.

Written from the rule's definition and not from the engine; only the corridor's distances are shared.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from corridor import Corridor, Fence, Fix, Offset
from corridor.uncertainty import default_accuracy_m
from rules import Deviation, Ends, Geofence, Starts
from tests.rules.fence_oracle import OracleFences

Said = tuple[str, str, str, str, float, int, float, bool, str | None, float | None]


def place(lon: float, lat: float) -> tuple[float, float, float]:
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    phi, lam = math.radians(lat), math.radians(lon)
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    return (
        n * math.cos(phi) * math.cos(lam),
        n * math.cos(phi) * math.sin(lam),
        n * (1 - e2) * math.sin(phi),
    )


def apart_m(a: Fix, b: Fix) -> float:
    return math.dist(place(a.lon, a.lat), place(b.lon, b.lat))


def too_fast(a: Fix, b: Fix, max_speed_mps: float) -> bool:
    vague_m = (a.accuracy_m or 0.0) + (b.accuracy_m or 0.0)
    return apart_m(a, b) - vague_m > max_speed_mps * abs(b.time - a.time)


@dataclass
class OracleDevice:
    """What a device has sent: its newest accepted fix and those that are held."""

    newest: Fix | None = None
    held: list[Fix] = field(default_factory=list)
    lag_s: float = 0.0

    def admit(self, fix: Fix, latest: float | None, max_speed_mps: float) -> tuple[str, list[Fix]]:
        if latest is not None and fix.time > latest + 120:
            return "future", []
        if self.newest is not None and fix.time < self.newest.time:
            return "late", []
        if fix.time in {other.time for other in [self.newest, *self.held] if other is not None}:
            return "duplicate", []
        if self.newest is None or not too_fast(self.newest, fix, max_speed_mps):
            return "", self.accept([fix])
        if any(too_fast(other, fix, max_speed_mps) for other in self.held):
            self.held = []
        if len(self.held) == 2:
            return "", self.accept(sorted([*self.held, fix], key=lambda other: other.time))
        self.held = sorted([*self.held, fix], key=lambda other: other.time)
        return "implausible", []

    def accept(self, fixes: list[Fix]) -> list[Fix]:
        self.held = []
        self.newest = fixes[-1]
        return fixes


@dataclass
class Measured:
    """A fix as the rule sees it."""

    fix: Fix
    margin_m: float
    half_width_m: float
    skipped_m: float
    probability: float  # outside, on either side
    beyond: float  # beyond the nearer edge


class OracleRule:
    """Where one device stands under one rule."""

    def __init__(self, rule: Deviation) -> None:
        self.rule = rule
        self.episode = 0
        self.since = math.nan
        self.window: tuple[float, float] | None = None
        self.closed_until = -math.inf
        self.last: Fix | None = None
        self.said: list[Said] = []
        self.near_path = 0
        self.on = rule.corridor  # that is followed; where none is, the nearest
        self.reset()

    def reset(self) -> None:
        self.phase = "not_started"
        self.outside: list[Measured] = []
        self.inside: list[Measured] = []
        self.progress_m = 0.0
        self.away_since: float | None = None
        self.strayed = False
        self.forget()

    def forget(self) -> None:
        """Forget where the device was along any path."""
        self.seen: list[Fix] = []
        self.followed: int | None = None
        self.inside_m: dict[int, float] = {}  # by path

    def say(
        self, kind: str, reason: str, time: float, *, closes: bool = False, value: float | None = None
    ) -> None:
        starts_at = self.since if closes or kind == "off_route" else time
        rule = self.rule
        path = rule.corridors[self.near_path].path.name if len(rule.corridors) > 1 else None
        said = (rule.name, rule.device, kind, reason, time, self.episode, starts_at, closes, path, value)
        self.said.append(said)

    @property
    def alarm_open(self) -> bool:
        return self.phase in {"off_route", "returning"}

    def close(self) -> None:
        assert self.window is not None
        self.closed_until = self.window[1]
        self.window = None
        if self.alarm_open:
            self.say("ended", "window_closed", self.closed_until, closes=True)
        self.reset()

    def fold(self, fix: Fix, inside: set[str]) -> None:
        """Fold a fix of a device that is inside the geofence rules named."""
        if self.window is not None and fix.time >= self.window[1]:
            self.close()
        if self.rule.window is not None and self.window is None:
            opening = self.rule.window.opening_at(fix.time)
            if opening is None or opening[1] <= self.closed_until:
                return
            self.window = opening
        condition = self.rule.condition
        if condition is not None and (condition.rule in inside) is not condition.inside:
            if self.alarm_open:
                self.say("ended", "condition_over", fix.time, closes=True)
            self.reset()
            return
        if self.last is not None and fix.time - self.last.time > self.rule.silence_s:
            self.outside, self.inside = [], []
        self.last = fix
        self.judge(self.measure(fix))
        if self.phase == "not_started":
            self.forget()

    def measure(self, fix: Fix) -> Measured:
        rule = self.rule
        self.seen.append(fix)
        offsets = [self.where(corridor) for corridor in rule.corridors]
        margins = [offset.margin_m for offset in offsets]
        self.near_path = margins.index(min(margins))
        if self.followed is not None and margins[self.followed] <= min(margins) + 0.001:
            self.near_path = self.followed
        skipped_m = self.follow(fix, offsets)
        self.on = rule.corridors[self.near_path if self.followed is None else self.followed]
        offset = offsets[self.near_path]
        accuracy_m = fix.accuracy_m
        if accuracy_m is None:
            accuracy_m = rule.default_accuracy_m or default_accuracy_m(fix.method)
        w, d, s = offset.half_width_m, offset.distance_m, accuracy_m / 2.4477
        if s == 0:
            beyond = probability = 0.5 if d == w else float(d > w)
        else:
            root = s * math.sqrt(2)
            beyond = 0.5 * math.erfc((w - d) / root)
            probability = beyond + 0.5 * math.erfc((w + d) / root)
        return Measured(fix, offset.margin_m, w, skipped_m, probability, beyond)

    def follow(self, fix: Fix, offsets: list[Offset[float]]) -> float:
        """Follow one of the paths and count the progress along it; gives what was skipped of it."""
        now_m = {n: each.along_track_m for n, each in enumerate(offsets) if each.margin_m <= 0.0}
        before, before_m = self.followed, dict(self.inside_m)
        self.inside_m |= now_m
        if now_m and before not in now_m:
            at_start = [n for n in now_m if before is None and self.may_begin(fix, self.rule.corridors[n])]
            self.followed = min(at_start or now_m, key=lambda n: offsets[n].margin_m)
            if before is not None:
                was_m = before_m[before]
                share = min(self.progress_m / was_m, 1.0) if was_m > 0 else 0.0
                self.progress_m = share * now_m[self.followed]
                if self.followed in before_m:
                    both_m = before_m[self.followed]
                    moved_m = now_m[self.followed] - both_m - offsets[self.followed].skipped_m
                    self.progress_m = max(self.progress_m, share * both_m + moved_m)
            return 0.0
        if before is None or before not in now_m:
            return 0.0
        skipped_m = offsets[before].skipped_m
        moved_m = now_m[before] - before_m[before] - skipped_m
        self.progress_m = max(0.0, self.progress_m + moved_m)
        return skipped_m

    def may_begin(self, fix: Fix, corridor: Corridor) -> bool:
        anywhere = self.rule.starts is not Starts.AT_START
        return anywhere or self.near(fix, corridor, 0, self.rule.start_grace_m)

    def judge(self, seen: Measured) -> None:
        rule = self.rule
        inside = seen.probability <= rule.clear_probability
        outside = seen.beyond >= rule.raise_probability
        if self.phase == "arrived" and (inside or outside):
            self.rest(seen)
        if self.phase == "not_started" and rule.starts is Starts.AT_ONCE:
            self.phase = "on_route"
        started = self.phase not in {"not_started", "arrived"}
        if inside and started and rule.skip_m is not None and seen.skipped_m >= rule.skip_m:
            reason = "shortcut" if self.strayed else "jumped"
            self.say("skipped", reason, seen.fix.time, value=seen.skipped_m)
        self.strayed = outside or (self.strayed and seen.margin_m > 0.0)
        if self.phase == "not_started":
            if inside and self.may_begin(seen.fix, self.on):
                self.phase = "on_route"
                self.say("started", "first_inside", seen.fix.time)
        elif self.phase != "arrived":
            if inside:
                self.is_inside(seen)
            elif outside:
                self.is_outside(seen)

    def rest(self, seen: Measured) -> None:
        if self.rule.window is not None:
            return
        if self.near(seen.fix, self.on, -1, self.rule.end_grace_m):
            self.away_since = None
            return
        if self.away_since is None:
            self.away_since = seen.fix.time
        if seen.fix.time - self.away_since >= 1800:
            self.reset()

    def near(self, fix: Fix, corridor: Corridor, vertex: int, grace_m: float) -> bool:
        path = corridor.path
        there = Fix(fix.device_id, fix.time, float(path.lon[vertex]), float(path.lat[vertex]))
        return apart_m(fix, there) <= grace_m

    def is_inside(self, seen: Measured) -> None:
        rule, time = self.rule, seen.fix.time
        self.outside = []
        self.inside.append(seen)
        long_way = self.progress_m >= 0.8 * self.on.length_m
        near_end = self.near(seen.fix, self.on, -1, rule.end_grace_m)
        at_end = rule.ends is Ends.AT_END and long_way and near_end
        well = [each.margin_m <= -0.2 * each.half_width_m for each in self.inside[-2:]]
        well_inside = len(well) == 2 and all(well)
        stayed = len(self.inside) >= 2 and time - self.inside[0].fix.time >= rule.confirm_s
        if self.phase == "leaving" and not at_end:
            self.phase = "on_route"
        elif self.phase == "off_route":
            self.phase = "returning"
        elif at_end:
            closes = self.alarm_open
            self.phase = "arrived"
            self.say("arrived", "end_reached", time, closes=closes)
        elif self.phase == "returning" and (well_inside or stayed):
            self.phase = "on_route"
            self.say("back_on_route", "well_inside" if well_inside else "stayed_inside", time, closes=True)

    def is_outside(self, seen: Measured) -> None:
        rule, time = self.rule, seen.fix.time
        self.inside = []
        self.outside.append(seen)
        if self.alarm_open:
            self.phase = "off_route"
            return
        self.phase = "leaving"
        first = self.outside[0].fix.time
        confirmed = len(self.outside) >= rule.confirm_fixes and time - first >= rule.confirm_s
        sure = [each.margin_m > 2 * each.half_width_m and each.beyond >= 0.999 for each in self.outside[-2:]]
        if confirmed or (len(sure) == 2 and all(sure)):
            self.phase = "off_route"
            self.episode += 1
            self.since = first
            self.say("off_route", "confirmed" if confirmed else "beyond_doubt", time)

    def where(self, corridor: Corridor) -> Offset[float]:
        """Follow a path anew from the start up to the last fix."""
        columns = [(fix.lon, fix.lat, fix.time) for fix in self.seen]
        offset = corridor.follow(*zip(*columns, strict=True))
        return Offset(*(float(getattr(offset, each.name)[-1]) for each in fields(offset)))


class Oracle:
    """All devices and rules."""

    def __init__(
        self,
        rules: list[Deviation],
        geofences: Sequence[tuple[Geofence, list[Fence]]] = (),
        *,
        run_start: float | None = None,
        max_speed_mps: float = 90.0,
    ) -> None:
        self.rules = [OracleRule(rule) for rule in rules]
        self.geofences = geofences
        self.fences: dict[tuple[str, str], OracleFences] = {}
        self.devices: dict[str, OracleDevice] = {}
        self.run_start = run_start
        self.max_speed_mps = max_speed_mps

    def fold(self, fixes: list[Fix], now: float | None) -> tuple[list[Said], list[str]]:
        said: list[Said] = []
        discards: list[str] = []
        for fix in fixes:
            device = self.devices.setdefault(fix.device_id, OracleDevice())
            discard, accepted = device.admit(fix, self.run_start if now is None else now, self.max_speed_mps)
            discards.append(discard)
            if accepted and now is not None:
                device.lag_s = now - accepted[-1].time
            for each in accepted:
                inside = self.inside(each)
                for rule in self.rules:
                    if rule.rule.device == each.device_id:
                        rule.fold(each, inside)
                        said += self.take(rule)
        return said, discards

    def inside(self, fix: Fix) -> set[str]:
        """Fold a fix into the geofence rules, and name those that have its device in a fence."""
        names = set()
        for rule, fences in self.geofences:
            if not rule.is_about(fix.device_id):
                continue
            fresh = OracleFences(rule, fix.device_id, fences)
            standing = self.fences.setdefault((rule.name, fix.device_id), fresh)
            standing.fold(fix)
            if standing.is_in(fix.time):
                names.add(rule.name)
        return names

    def fire(self, now: float) -> list[Said]:
        due = []
        for rule in self.rules:
            device = self.devices.get(rule.rule.device, OracleDevice())
            open_ = rule.window is not None and rule.phase != "not_started"
            if open_ and rule.window is not None and now >= rule.window[1] + max(device.lag_s, 0.0):
                due.append(rule)
        said: list[Said] = []
        for rule in sorted(due, key=lambda rule: rule.window[1] if rule.window else 0.0):
            rule.close()
            said += self.take(rule)
        return said

    @staticmethod
    def take(rule: OracleRule) -> list[Said]:
        said, rule.said = rule.said, []
        return said
