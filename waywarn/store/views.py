"""The view `geo_location`: our fixes in the shape of a common table, for scripts that were written for that.

It is read with SQL by programs that are not ours; nothing here reads it.
"""

from sqlalchemy import Connection

# The times of the other table are DATETIME texts in UTC; milliseconds stay in `fixes`.
GEO_LOCATION = """CREATE VIEW geo_location AS SELECT
    id,
    datetime(inserted_at, 'unixepoch') AS insert_time,
    user_name AS username,
    device_id,
    shape AS gps_type,
    lat AS gps_latitude,
    lon AS gps_longitude,
    altitude_m AS gps_altitude,
    accuracy_m AS gps_precision,
    datetime(time, 'unixepoch') AS gps_utctimestamp
FROM fixes"""


def make_views(connection: Connection) -> None:
    """Make the view, or make it anew where it is an older version's; within the open transaction."""
    query = "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = 'geo_location'"
    found = connection.exec_driver_sql(query).scalar()
    if found == GEO_LOCATION:
        return
    if found is not None:
        connection.exec_driver_sql("DROP VIEW geo_location")
    connection.exec_driver_sql(GEO_LOCATION)
