"""Tables of the hub as SQLAlchemy Core sees them.

The tables themselves come only from ``migrations/``; a test compares the two. Times are unix
seconds. ``0`` stands for "none" in ``orders.unit_id`` and ``orders.node_id``, because NULLs are
distinct in a unique constraint.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# Compared byte by byte on both databases: for prefix ranges, and for one order everywhere.
ByteText = Text().with_variant(Text(collation="C"), "postgresql")
Seconds = BigInteger

unit = Table(
    "unit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from ``counter``
    Column("parent_id", Integer, ForeignKey("unit.id"), index=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("level", Integer, nullable=False),  # 0 headquarters … 4 station, deeper is allowed
    Column("path", ByteText, nullable=False, index=True),  # "/1/5/9/", its own id last
)

node = Table(
    "node",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from ``counter``
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("public_key", LargeBinary, unique=True),  # null until it joined
    Column("box_key", LargeBinary),  # what is said to the node is sealed to this
    Column("generation", Integer, nullable=False, server_default="0"),  # of its keys
    Column("state", Text, nullable=False),  # waiting | active | frozen | revoked
    Column("added_at", Seconds, nullable=False),
    Column("joined_at", Seconds),
    Column("last_seen_at", Seconds),
    Column("clock_skew_s", Seconds),  # its clock minus ours, at the last sync
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("head_seq", BigInteger, nullable=False, server_default="0"),
    Column("held_seq", BigInteger, nullable=False, server_default="0"),
    Column("orders_mark", BigInteger, nullable=False, server_default="0"),
    Column("contact", BigInteger, nullable=False, server_default="0"),  # the highest it named
    Column("disk_free_mb", BigInteger),
    Column("software", Text, nullable=False, server_default=""),
    Column("refusal", Text, nullable=False, server_default=""),  # code of the last refusal
    Column("refusal_at", Seconds),
)

join_code = Table(
    "join_code",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, ForeignKey("node.id"), nullable=False, index=True),
    Column("secret", Text, nullable=False),  # erased when used
    Column("made_at", Seconds, nullable=False),
    Column("expires_at", Seconds, nullable=False),
    Column("used_at", Seconds),
    Column("used_key", LargeBinary),
    Column("used_request", LargeBinary),  # sha256 of the request that ``answer`` answers
    Column("answer", LargeBinary),
)

learner = Table(
    "learner",
    metadata,
    Column("number", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False, index=True),
    Column("post", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
)

course = Table(
    "course",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("hours", Text, nullable=False),
    Column("credits", Text, nullable=False),
    Column("manifest_sha", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("exam_key", Text, nullable=False),  # JSON {"course/q": "AC"}; never leaves the hub
    Column("published_at", Seconds, nullable=False),
    Column("published_by", Text, nullable=False),
)

# TUF metadata (hub.trust): of the role "root" every version, of all others the newest.
trust = Table(
    "trust",
    metadata,
    Column("role", ByteText, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),  # as signed
    Column("expires", Seconds, nullable=False),
)

class_ = Table(
    "class",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("opens", Text, nullable=False),  # "2026-11-21"
    Column("closes", Text, nullable=False),
)

class_course = Table(
    "class_course",
    metadata,
    Column("class_id", Text, ForeignKey("class.id"), primary_key=True),
    Column("course_id", Text, primary_key=True),
)

orders = Table(
    "orders",
    metadata,
    Column("mark", BigInteger, nullable=False, autoincrement=False),
    Column("scope", Text, nullable=False),  # down | up | node
    Column("unit_id", Integer, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # empty: withdrawn; else store.orders packs it
    UniqueConstraint("scope", "unit_id", "node_id", "kind", "key", name="orders_once"),
    PrimaryKeyConstraint("scope", "unit_id", "node_id", "mark"),
)

batch = Table(
    "batch",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),  # as it came
    Column("received_at", Seconds, nullable=False),
    Column("log_index", BigInteger, nullable=False, unique=True),  # its leaf in the log, from 0
    # How far ahead the clock was that its records were noted by, as it was when they were sent.
    Column("clock_skew_s", Seconds, nullable=False, server_default="0"),
)

# Batches that contradict an accepted one (a cloned node): kept, never folded.
fork = Table(
    "fork",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("received_at", Seconds, nullable=False),
)

chain = Table(
    "chain",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("next_seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),  # of the last batch accepted
    Column("names", LargeBinary, nullable=False),  # store.batches.pack_names
    Column("base", LargeBinary, nullable=False),  # what its first batch names as predecessor
    Column("public_key", LargeBinary, nullable=False),  # that its batches are signed with
)

# Starts of a node's program (SPEC.md §11), in their order.
boot = Table(
    "boot",
    metadata,
    Column("node_id", Integer, ForeignKey("node.id"), primary_key=True),
    Column("boot", LargeBinary, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("contact", BigInteger, nullable=False),  # with which it was first heard of
)

facts = Table(
    "facts",
    metadata,
    Column("learner", ByteText, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

result = Table(
    "result",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("exam", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("node_id", Integer, primary_key=True),
    Column("right", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("began", Seconds, nullable=False),
    Column("submitted_at", Seconds, nullable=False),
    Column("version", Integer, nullable=False),
    Column("receipt_seq", BigInteger, nullable=False),  # seq of the hand-in
    Column("corrected_at", Seconds),  # null: ``submitted_at``, the node's claim, may stand
    Index("result_by_exam", "exam"),
)

progress = Table(
    "progress",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("course", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("completed_at", Seconds),  # when the hub first saw it complete
    Column("seconds", BigInteger, nullable=False),  # studied, each second once
    Column("last_at", Seconds, nullable=False),
    Index("progress_by_course", "course"),
)

user = Table(
    "user",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),  # sync.secrets.hash_secret
    Column("unit_id", Integer, ForeignKey("unit.id")),  # null: headquarters
    Column("role", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

# Log-ins that were not ended; the cookie holds the secret, this its hash.
session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Integer, ForeignKey("user.id"), nullable=False, index=True),
    Column("began_at", Seconds, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Seconds, nullable=False, index=True),
    Column("user", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Counters ("orders", "unit", "node"). A row stays locked until the transaction ends, so marks
# become visible in their order and a node that asks "after mark 40" misses none.
counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# Tries of one source within a window (join codes, log-ins).
brake = Table(
    "brake",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("since", Seconds, nullable=False),
)
