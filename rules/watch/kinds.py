"""All kinds of rules that watch a condition, as one type."""

from rules.watch.speed import Speed

AnyWatch = Speed
WATCHES: tuple[type[AnyWatch], ...] = (Speed,)
