"""The kinds of rule, each by its word, and the one that a table is read as.

A kind is one file of this folder; this list is all that knows of each.
"""

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Discriminator, Tag

from waywarn.config.kinds.arrival import ArrivalConfig
from waywarn.config.kinds.deviation import DeviationConfig
from waywarn.config.kinds.geofence import GeofenceConfig
from waywarn.config.kinds.movement import MovementConfig
from waywarn.config.kinds.progress import ProgressConfig
from waywarn.config.kinds.proximity import ProximityConfig
from waywarn.config.kinds.rule import RuleConfig
from waywarn.config.kinds.silence import SilenceConfig
from waywarn.config.kinds.speed import SpeedConfig
from waywarn.config.kinds.wrong_way import WrongWayConfig
from waywarn.config.table import keys_of

KINDS: Mapping[str, type[RuleConfig]] = MappingProxyType(
    {
        "deviation": DeviationConfig,
        "geofence": GeofenceConfig,
        "wrong_way": WrongWayConfig,
        "progress": ProgressConfig,
        "arrival": ArrivalConfig,
        "silence": SilenceConfig,
        "speed": SpeedConfig,
        "proximity": ProximityConfig,
        "movement": MovementConfig,
    }
)

TAGS: Mapping[str, type[RuleConfig]] = MappingProxyType({f"<{word}>": kind for word, kind in KINDS.items()})
"""By how pydantic's errors call them, which ``wording.py`` takes out again."""


def kind_of(table: Mapping[str, object]) -> str:
    """Give a table's kind; where that is missing or misspelt, the likeliest by its word, then by its keys.

    Examples
    --------
    >>> kind_of({"kind": "geofense"}), kind_of({"farther_m": 50, "other": "berta"}), kind_of({})
    ('geofence', 'proximity', 'deviation')
    """
    word = str(table.get("kind"))
    near = [word] if word in KINDS else difflib.get_close_matches(word[:20], KINDS, n=1)
    if near:
        return near[0]
    return max(KINDS, key=lambda kind: len(table.keys() & keys_of(KINDS[kind]).keys()))


def _tag(value: object) -> str:
    return f"<{kind_of(value if isinstance(value, Mapping) else {})}>"


AnyRule = Annotated[
    Annotated[DeviationConfig, Tag("<deviation>")]
    | Annotated[GeofenceConfig, Tag("<geofence>")]
    | Annotated[WrongWayConfig, Tag("<wrong_way>")]
    | Annotated[ProgressConfig, Tag("<progress>")]
    | Annotated[ArrivalConfig, Tag("<arrival>")]
    | Annotated[SilenceConfig, Tag("<silence>")]
    | Annotated[SpeedConfig, Tag("<speed>")]
    | Annotated[ProximityConfig, Tag("<proximity>")]
    | Annotated[MovementConfig, Tag("<movement>")],
    Discriminator(_tag),
]
