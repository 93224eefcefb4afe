"""Learning a corridor from several trips: aligned, averaged, with widths, branches and times.

`learn` is the door; one trip is cleaned by ``corridor/recording.py``.
"""

from corridor.learning.learn import learn

__all__ = ["learn"]
