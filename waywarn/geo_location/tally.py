"""What became of rows: how many were taken, how many not, and why, with the first few by their id."""

from collections import Counter
from dataclasses import dataclass, field

from waywarn.geo_location.place import Refusal, Refused

SHOWN = 5  # rows told by their id for each reason; the rest is a number


@dataclass(slots=True)
class Tally:
    """Counts of one import."""

    read: int = 0
    taken: int = 0
    refused: Counter[Refused] = field(default_factory=Counter)
    examples: dict[Refused, list[str]] = field(default_factory=dict)

    def refuse(self, refusal: Refusal, row_id: object = None) -> None:
        """Count a row that was not taken."""
        self.refused[refusal.reason] += 1
        shown = self.examples.setdefault(refusal.reason, [])
        if row_id is not None and len(shown) < SHOWN:
            shown.append(f"{row_id}: {refusal.said}" if refusal.said else str(row_id))

    def lines(self) -> list[str]:
        """Say why which rows were not taken, the most frequent reason first."""
        return [
            f"{count:,} {reason.value}{self._examples(reason)}"
            for reason, count in self.refused.most_common()
        ]

    def _examples(self, reason: Refused) -> str:
        shown = self.examples.get(reason)
        return (
            f" (id {', '.join(shown)}{', ...' if self.refused[reason] > len(shown) else ''})" if shown else ""
        )
