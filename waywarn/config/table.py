"""What all tables of a configuration share, and the kinds of number that several of them hold.

The tables themselves are ``models.py`` and, of rules, the folder ``kinds``.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.fields import FieldInfo

MAX_METRES = 50_000  # as the engine: no width, radius of a start or accuracy that decides anything is larger
MAX_SECONDS = 604_800  # a week: a run or a silence of more confirms nothing any more

Metre = Annotated[float, Field(gt=0, le=MAX_METRES)]
Metres = Annotated[Metre | None, Field(description="give metres, for example 40")]
Seconds = Annotated[float | None, Field(gt=0, le=MAX_SECONDS, description="give seconds, for example 180")]
Count = Annotated[int | None, Field(ge=1, le=10_000, description="give a count, for example 3")]
Duration = Annotated[float | None, Field(ge=0, le=MAX_SECONDS, description="give seconds, for example 20")]

ONE, EACH = "<one>", "<each>"  # how pydantic's errors call the two forms; ``wording.py`` takes it out again

LEARNED = "learned"  # the half widths, and the ways, are those of the path's file


def _form(value: object) -> str:
    if value == LEARNED:
        return "<learned>"
    return EACH if isinstance(value, list) else ONE


Widths = Annotated[
    Annotated[Metre, Tag(ONE)]
    | Annotated[tuple[Metre, ...], Field(strict=False, min_length=1), Tag(EACH)]
    | Annotated[Literal["learned"], Tag("<learned>")]
    | Annotated[None, Tag("<none>")],
    Discriminator(_form),
    Field(
        description="give metres, for example 40, a list with one number for each vertex, or "
        '"learned" for a path that was recorded from several trips'
    ),
]


class Table(BaseModel):
    """What all tables share: no unknown key, no silent conversion, no change, no value in an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
    )


def keys_of(table: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Give the fields of a table by the keys of the file, of which some are words of Python (`while`)."""
    return {field.alias or name: field for name, field in table.model_fields.items()}
