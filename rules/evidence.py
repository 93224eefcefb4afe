"""Compiled: what a deviation rule keeps of the last fix that it judged, and says as evidence.

What is said, and when, is ``judge_corridor.py``.
"""

import numpy as np

from corridor.compiled import compiled, inlined
from corridor.uncertainty import CONFIDENCE_95, probability_outside_strip
from rules.events import Record
from rules.machine import KINDS
from rules.transition import Kind
from rules.verdict import Measured

_OFF_ROUTE_SAID = KINDS.index(Kind.OFF_ROUTE)


@inlined
def remember(row: Record, measured: Measured, fix: Record) -> None:
    """Keep a fix: it is the evidence of what is said until the next."""
    row["last_time"] = fix["time"]
    row["last_lon"] = fix["lon"]
    row["last_lat"] = fix["lat"]
    row["last_distance_m"] = measured.distance_m
    row["last_along_m"] = measured.along_m
    row["last_margin_m"] = measured.margin_m
    row["last_half_width_m"] = measured.half_width_m
    row["last_width_m"] = measured.width_m
    row["last_accuracy_m"] = measured.accuracy_m


@compiled
def say(row: Record, rule: Record, time: float, event: Record) -> None:
    """Write an event; its evidence is the last fix judged."""
    event["rule"] = rule["rule"]
    event["device"] = -1  # that of the rule
    event["fence"] = -1
    event["named"] = row["nearest"] if rule["paths"] > 1 else -1
    event["value"] = event["limit"] = event["eta"] = np.nan
    event["episode"] = row["episode"]
    event["time"] = time
    of_alarm = event["closes_alarm"] == 1 or event["kind"] == _OFF_ROUTE_SAID
    event["starts_at"] = row["alarm_since"] if of_alarm else time
    event["lon"] = row["last_lon"]
    event["lat"] = row["last_lat"]
    event["distance_m"] = row["last_distance_m"]
    event["along_m"] = row["last_along_m"]
    event["half_width_m"] = row["last_half_width_m"]
    sigma_m = row["last_accuracy_m"] / CONFIDENCE_95
    event["probability"] = probability_outside_strip(row["last_margin_m"], row["last_width_m"], sigma_m)
