"""All kinds of rules that watch a condition, as one type."""

from rules.watch.speed import Speed
from rules.watch.wrong_way import WrongWay

AnyWatch = Speed | WrongWay
WATCHES: tuple[type[AnyWatch], ...] = (Speed, WrongWay)
