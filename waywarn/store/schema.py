"""The tables. What is written in them, and when, is ``commit.py``, ``deliveries.py`` and ``assignments.py``.

Times are UTC seconds, as everywhere inside. A row that tells a place carries ``keep_until``: the
moment at which retention ends and the row is purged (RFC 4119, 2.2.2).
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 4  # how an older store is brought here: ``migrations.py``

metadata = MetaData()

store_meta = Table("store_meta", metadata, Column("schema_version", Integer, nullable=False))

# One row for each publication that carried a place. A superset of a SIP geotracking table: `accuracy_m` is
# its precision, `time` its UTC time stamp.
fixes = Table(
    "fixes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inserted_at", Float, nullable=False),
    Column("user_name", String, nullable=False),
    Column("device_id", String, nullable=False),
    Column("shape", String, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("altitude_m", Float),
    Column("accuracy_m", Float),
    Column("time", Float, nullable=False),
    Column("speed_mps", Float),
    Column("course_deg", Float),
    Column("method", String),
    Column("discard", String),  # why it was not judged; NULL: it was
    Column("may_tell_place", Boolean, nullable=False),
    Column("keep_until", Float, nullable=False),
    Index("fixes_by_device_and_time", "device_id", "time"),
    Index("fixes_by_keep_until", "keep_until"),
)

# Of the newest fix of a device that gave one: the civic address beside the place, which watchers are told.
civic_addresses = Table(
    "civic_addresses",
    metadata,
    Column("device_id", String, primary_key=True),
    Column("time", Float, nullable=False),  # of its fix
    Column("parts", JSON, nullable=False),  # [name, value] each, as in the document
    Column("keep_until", Float, nullable=False),
)

# Soft state of the event state compositor (RFC 3903): a restart forgets no publication.
publications = Table(
    "publications",
    metadata,
    Column("entity_tag", String, primary_key=True),
    Column("aor", String, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("fix_time", Float),
)

# The engine's rows as bytes; `layout` names their form, so that a foreign one is never misread.
device_states = Table(
    "device_states",
    metadata,
    Column("device", String, primary_key=True),
    Column("layout", String, nullable=False),
    Column("row", LargeBinary, nullable=False),
)


def _rows_of_rules(name: str) -> Table:
    """Make a table of rows that a rule keeps of a device."""
    return Table(
        name,
        metadata,
        Column("rule", String, nullable=False),
        Column("device", String, nullable=False),
        Column("fingerprint", String, nullable=False),
        Column("layout", String, nullable=False),
        Column("row", LargeBinary, nullable=False),
        PrimaryKeyConstraint("rule", "device"),
    )


rule_states = _rows_of_rules("rule_states")  # under a rule about a corridor
memberships = _rows_of_rules("memberships")  # to the fences of a rule, as the engine packs it
watch_states = _rows_of_rules("watch_states")  # under a rule that watches a condition

# Where a device stood before the fixes of its tail, with which a late one is folded again.
marks = Table(
    "marks",
    metadata,
    Column("device", String, primary_key=True),
    Column("layout", String, nullable=False),
    Column("row", LargeBinary, nullable=False),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("decided_at", Float, nullable=False),
    Column("rule", String, nullable=False),
    Column("device", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("lon", Float),  # NULL, here and below: not known, or not measured
    Column("lat", Float),
    Column("distance_m", Float),
    Column("along_track_m", Float),
    Column("half_width_m", Float),
    Column("probability", Float),
    Column("episode", Integer, nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("closes_alarm", Boolean, nullable=False),
    Column("fence", String),
    Column("path", String),
    Column("other", String),
    Column("value", Float),
    Column("limit", Float),
    Column("eta", Float),
    Column("revises", String),
    Column("revises_time", Float),
    Column("keep_until", Float, nullable=False),
    Index("transitions_by_keep_until", "keep_until"),
)

# `record` is the whole alert with its evidence; after `keep_until` the evidence names no place any more.
alerts = Table(
    "alerts",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("device", String, nullable=False),
    Column("status", String, nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float),
    Column("record", JSON, nullable=False),
    Column("keep_until", Float),  # NULL: no place is left in it
    Index("alerts_by_status", "status"),
    Index("alerts_by_whose", "rule", "device", "ends_at"),
    Index("alerts_by_keep_until", "keep_until"),
)

# Which device follows which rule, from when to when; NULL: without beginning, without end.
assignments = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),  # a name, or a pattern for many
    Column("rule", String, nullable=False),
    Column("starts_at", Float),
    Column("ends_at", Float),
)

# The last decisions about each device, a ring of slots; `record` is where it stood after one, packed.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("decided_at", Float, nullable=False),
    Column("layout", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("keep_until", Float, nullable=False),
    UniqueConstraint("device", "slot"),
    Index("decisions_by_keep_until", "keep_until"),
)

# The outbox: one row for each alert, edge and address; `part` is the alarm of a trip's that it is about.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("edge", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("address_key", String, nullable=False),
    Column("form", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("sent_at", Float),
    Column("last_error", Text, nullable=False),
    Column("part", String, nullable=False),
    Column("keep_until", Float, nullable=False),
    Index("deliveries_by_state", "state", "next_attempt_at"),
    Index("deliveries_by_keep_until", "keep_until"),
    Index("deliveries_by_fingerprint", "fingerprint", "address_key"),
)

# Accounts beside the configuration's. `ha1` holds, per digest algorithm, what a server needs instead of the
# password, which is kept nowhere; NULL: no device was enrolled with it. `revision` grows with each change.
accounts = Table(
    "accounts",
    metadata,
    Column("name", String, primary_key=True),
    Column("sip_user", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("retention_s", Float, nullable=False),
    Column("algorithms", JSON, nullable=False),
    Column("realm", String),
    Column("ha1", JSON(none_as_null=True)),
    Column("created_at", Float, nullable=False),
    Column("enrolled_at", Float),
    Column("revoked_at", Float),
    Column("revision", Integer, nullable=False, unique=True),
    Index("accounts_by_user", "sip_user"),
)

# One-time tokens, of which only the hash is here.
tokens = Table(
    "tokens",
    metadata,
    Column("hash", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
    Index("tokens_by_account", "account"),
)

# Commands to devices; `state` is one of ``wayback/states.py``. The id is told to the device. `revision` grows
# with what is given and taken back beside the service: who has seen one has seen all before it.
commands = Table(
    "commands",
    metadata,
    Column("id", String, primary_key=True),
    Column("device", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Float, nullable=False),
    Column("sent_at", Float),
    Column("settled_at", Float),
    Column("detail", Text, nullable=False),
    Column("revision", Integer, nullable=False, unique=True),
    Column("keep_until", Float, nullable=False),
    Index("commands_by_state", "state"),
    Index("commands_by_device", "device", "created_at"),
    Index("commands_by_keep_until", "keep_until"),
)

# The greatest revision that a command has had: rows are purged, and a number that is given twice is missed.
command_revisions = Table(
    "command_revisions",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("greatest", Integer, nullable=False),
)

# Devices whose outgoing calls are refused, and by which command.
locks = Table(
    "locks",
    metadata,
    Column("device", String, primary_key=True),
    Column("command", String, nullable=False),
    Column("locked_at", Float, nullable=False),
)


def _peer() -> tuple[Column[str], Column[str], Column[int], Column[int]]:
    """Make the columns of the flow by which somebody is reached."""
    return (
        Column("transport", String, nullable=False),
        Column("host", String, nullable=False),
        Column("port", Integer, nullable=False),
        Column("door", Integer, nullable=False),
    )


# Registrations (RFC 3261, 10); `session_key` signs commands to the device.
bindings = Table(
    "bindings",
    metadata,
    Column("aor", String, nullable=False),
    Column("key", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("q", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("registered_at", Float, nullable=False),
    Column("call_id", String, nullable=False),
    Column("cseq", Integer, nullable=False),
    Column("instance", String),
    Column("registration_id", Integer),
    Column("user_agent", String, nullable=False),
    Column("session_key", String, nullable=False),
    *_peer(),
    PrimaryKeyConstraint("aor", "key"),
)

# Subscriptions to presence (RFC 6665), without any place.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("call_id", String, nullable=False),
    Column("local_tag", String, nullable=False),
    Column("remote_tag", String, nullable=False),
    Column("local", String, nullable=False),
    Column("remote", String, nullable=False),
    Column("remote_target", String, nullable=False),
    Column("route", JSON, nullable=False),
    Column("watcher", String, nullable=False),
    Column("device", String, nullable=False),
    Column("event_id", String),
    Column("remote_cseq", Integer, nullable=False),
    Column("reserved_cseq", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("pace", JSON, nullable=False),
    Column("filters", LargeBinary, nullable=False),
    *_peer(),
    PrimaryKeyConstraint("call_id", "local_tag", "remote_tag"),
)
