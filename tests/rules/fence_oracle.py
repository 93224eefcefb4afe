"""The geofence rule once more: slow and plain, every fence looked at for each fix.

What the engine is held against; written from the rule's definition. Only a fence's own distance and
probability are shared.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from corridor import Fence, Fix
from corridor.uncertainty import default_accuracy_m
from rules import Geofence

Said = tuple[str, str, str, str | None, float, int, float]


@dataclass
class Member:
    """A fence that the device is in, or on its way into or out of."""

    phase: str
    since: float = 0.0
    count: int = 0
    visit: int = 0
    entered: float = 0.0
    dwelt: bool = False


@dataclass
class OracleFences:
    """Where one device stands to the fences of one rule."""

    rule: Geofence
    device: str
    fences: list[Fence]
    members: dict[int, Member] = field(default_factory=dict)
    visits: int = 0
    last: float = -math.inf
    opening: tuple[float, float] | None = None
    previous: Fix | None = None

    def fold(self, fix: Fix) -> list[Said]:
        """Say what a fix means, and what the time up to it does."""
        before, self.previous = self.previous, fix
        said = self.stay(fix.time) + self.judge(fix)
        if before is not None:
            said += self.passed(before, fix)
        return [word for word in said if word[2] in self.rule.says]

    def stay(self, until: float) -> list[Said]:
        rule, said = self.rule, []
        for number, member in self.members.items():
            due = member.entered + (rule.dwell_s or math.inf)
            closed = self.opening is not None and due >= self.opening[1]
            if member.phase in {"in", "leaving"} and not member.dwelt and due <= until and not closed:
                member.dwelt = True
                said.append((due, number, member))
        return [
            (rule.name, self.device, "dwell", self.fences[number].name, due, member.visit, member.entered)
            for due, number, member in sorted(said, key=lambda each: each[:2])
        ]

    def passed(self, before: Fix, fix: Fix) -> list[Said]:
        rule = self.rule
        said: list[Said] = []
        if "cross" not in rule.says or not 0 < fix.time - before.time <= rule.silence_s:
            return []
        if rule.window is not None:
            openings = {rule.window.opening_at(each.time) for each in (before, fix)}
            if len(openings) > 1 or None in openings:
                return []
        for number, fence in enumerate(self.fences):
            outside = {self.verdict(fence, each) for each in (before, fix)} == {"outside"}
            if number in self.members or not outside:
                continue
            share = np.linspace(0, 1, 20_001)
            lon, lat = (a + share * (b - a) for a, b in ((before.lon, fix.lon), (before.lat, fix.lat)))
            depth_m = -float(fence.distance_m(lon, lat).min())
            sigma_m = max(self.accuracy_m(each) for each in (before, fix)) / 2.4477
            inside = 0.5 * math.erfc(-depth_m / sigma_m / math.sqrt(2)) if sigma_m else 1.0
            if depth_m >= 0 and inside >= rule.enter_probability:
                self.visits += 1
                said.append((rule.name, self.device, "cross", fence.name, fix.time, self.visits, fix.time))
        return said

    def judge(self, fix: Fix) -> list[Said]:
        rule = self.rule
        if rule.window is not None:
            opening = rule.window.opening_at(fix.time)
            if opening is None:
                return []
            if opening != self.opening:
                self.members, self.opening = {}, opening
        if fix.time - self.last > rule.silence_s:
            for member in self.members.values():
                member.count = 0
        self.last = fix.time
        verdicts = {number: self.verdict(fence, fix) for number, fence in enumerate(self.fences)}
        old = sorted(self.members)
        said = [word for number in old for word in self.move(number, verdicts[number], fix)]
        new = [number for number, verdict in verdicts.items() if verdict == "inside" and number not in old]
        return said + [word for number in new for word in self.move(number, "inside", fix)]

    def is_in(self, time: float) -> bool:
        """Tell whether the device is in any fence, as was said; asleep a rule says of none."""
        awake = self.rule.window is None or self.rule.window.opening_at(time) is not None
        return awake and any(member.phase in {"in", "leaving"} for member in self.members.values())

    def verdict(self, fence: Fence, fix: Fix) -> str:
        rule = self.rule
        sigma_m = self.accuracy_m(fix) / 2.4477
        distance_m = float(fence.distance_m(fix.lon, fix.lat))
        if distance_m <= 0:
            inside = fence.probability_inside(fix.lon, fix.lat, sigma_m) if sigma_m else 1.0
            return "inside" if inside >= rule.enter_probability else "unknown"
        beyond = 0.5 * math.erfc(-distance_m / sigma_m / math.sqrt(2)) if sigma_m else 1.0
        return "outside" if beyond >= rule.exit_probability else "unknown"

    def accuracy_m(self, fix: Fix) -> float:
        if fix.accuracy_m is not None:
            return fix.accuracy_m
        return self.rule.default_accuracy_m or default_accuracy_m(fix.method)

    def move(self, number: int, verdict: str, fix: Fix) -> list[Said]:
        member = self.members.setdefault(number, Member("out"))
        if verdict == "unknown":
            return []
        towards = {"out": "inside", "entering": "inside", "in": "outside", "leaving": "outside"}[member.phase]
        if verdict != towards:
            member.count = 0
            if member.phase == "entering":
                del self.members[number]
            elif member.phase == "leaving":
                member.phase = "in"
            return []
        if member.count == 0:
            member.since = fix.time
        member.count += 1
        if member.count < self.rule.confirm_fixes or fix.time - member.since < self.rule.confirm_s:
            member.phase = {"out": "entering", "in": "leaving"}.get(member.phase, member.phase)
            return []
        return [self.say(number, member, fix)]

    def say(self, number: int, member: Member, fix: Fix) -> Said:
        if member.phase in {"out", "entering"}:
            self.visits += 1
            member.phase, member.visit, kind = "in", self.visits, "enter"
            member.entered = member.since
        else:
            kind = "exit"
            del self.members[number]
        member.count = 0
        fence = self.fences[number].name
        return (self.rule.name, self.device, kind, fence, fix.time, member.visit, member.since)
