"""All kinds of rules that watch a condition, as one type."""

from rules.watch.progress import Progress
from rules.watch.speed import Speed
from rules.watch.wrong_way import WrongWay

AnyWatch = Speed | WrongWay | Progress
WATCHES: tuple[type[AnyWatch], ...] = (Speed, WrongWay, Progress)
