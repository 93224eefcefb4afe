"""Assignments that are kept in the store, for a dispatcher who does not write the configuration.

What an assignment is, is ``waywarn/assignment.py``; they come into force at the next start of the service.
"""

import math
from collections.abc import Iterator

from sqlalchemy import Connection, delete, insert, select

from waywarn.assignment import Assignment
from waywarn.store.schema import assignments


def add_assignment(connection: Connection, assignment: Assignment) -> int:
    """Write one; gives its number."""
    values = {
        "device": assignment.device,
        "rule": assignment.rule,
        "starts_at": assignment.begin if math.isfinite(assignment.begin) else None,
        "ends_at": assignment.end if math.isfinite(assignment.end) else None,
    }
    number: int = connection.execute(
        insert(assignments).values(values).returning(assignments.c.id)
    ).scalar_one()
    return number


def read_assignments(connection: Connection) -> Iterator[tuple[int, Assignment]]:
    """Give all in the order in which they were added, each with its number."""
    for row in connection.execute(select(assignments).order_by(assignments.c.id)):
        begin = -math.inf if row.starts_at is None else row.starts_at
        end = math.inf if row.ends_at is None else row.ends_at
        yield row.id, Assignment(row.device, row.rule, begin, end)


def remove_assignment(connection: Connection, number: int) -> bool:
    """Remove one; tells whether there was one of that number."""
    return bool(connection.execute(delete(assignments).where(assignments.c.id == number)).rowcount)
