"""All kinds of rules that watch a condition, as one type."""

from rules.watch.arrival import Arrival
from rules.watch.movement import Movement
from rules.watch.progress import Progress
from rules.watch.proximity import Proximity
from rules.watch.silence import Silence
from rules.watch.speed import Speed
from rules.watch.wrong_way import WrongWay

AnyWatch = Arrival | Movement | Progress | Proximity | Silence | Speed | WrongWay
WATCHES: tuple[type[AnyWatch], ...] = (Arrival, Movement, Progress, Proximity, Silence, Speed, WrongWay)
