"""Tables of the hub as SQLAlchemy Core sees them.

The tables themselves come only from ``migrations/``; a test compares the two. Times are unix
seconds. ``0`` stands for "none" in ``orders.unit_id`` and ``orders.node_id``, because NULLs are
distinct in a unique constraint.
"""

from sqlalchemy import (
    BigInteger,
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
    func,
)

from hub.store.columns import (
    ByteText,
    Seconds,
    big,
    flag,
    link,
    number,
    of_node,
    raw,
    seconds,
    signed,
    text,
    texts,
    whole,
    wholes,
)

metadata = MetaData()

unit = Table(
    "unit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from ``counter``
    Column("parent_id", Integer, ForeignKey("unit.id"), index=True),
    text("code", unique=True),
    text("name"),
    whole("level"),  # 0 headquarters … 4 station, deeper is allowed
    Column("path", ByteText, nullable=False, index=True),  # "/1/5/9/", its own id last
    Column("closed_at", Seconds),  # from then on it counts nowhere; its code is never used again
)

# What became of units: moved, merged, split off, renamed, closed. Rows are only ever added.
unit_change = Table(
    "unit_change",
    metadata,
    number(),
    link("unit_id", "unit.id", index=True),
    text("what"),  # moved | merged | took-in | split | renamed | closed | came
    *texts("was", "became", "reason"),
    seconds("at"),
    text("by"),
)

node = Table(
    "node",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # from ``counter``
    link("unit_id", "unit.id", index=True),
    text("name"),
    Column("public_key", LargeBinary, unique=True),  # null until it joined
    Column("box_key", LargeBinary),  # answers to the node are sealed to this
    whole("generation", server_default="0"),  # of its keys
    text("state"),  # waiting | active | frozen | revoked
    seconds("added_at"),
    Column("joined_at", Seconds),
    Column("last_seen_at", Seconds),
    Column("clock_skew_s", Seconds),  # its clock minus ours, at the last sync
    whole("epoch", server_default="0"),
    big("head_seq", server_default="0"),
    big("held_seq", server_default="0"),
    big("orders_mark", server_default="0"),
    big("contact", server_default="0"),  # the highest it named
    Column("disk_free_mb", BigInteger),
    text("software", server_default=""),
    text("refusal", server_default=""),  # code of the last refusal
    Column("refusal_at", Seconds),
    whole("ended_epoch", server_default="-1"),  # this epoch and those before it take nothing new
    whole("parted_epoch", server_default="-1"),  # a node that contradicts it goes on apart
)

Index("node_heard", func.coalesce(node.c.last_seen_at, node.c.added_at), node.c.id)

# The last request of each start that was told ``other-history``: sent again, it says nothing new.
answered = Table(
    "answered",
    metadata,
    link("node_id", "node.id", primary_key=True),
    Column("boot", LargeBinary, primary_key=True),
    big("contact"),
)

join_code = Table(
    "join_code",
    metadata,
    Column("id", Text, primary_key=True),
    link("node_id", "node.id", index=True),
    text("secret"),  # erased when used
    seconds("made_at"),
    seconds("expires_at"),
    Column("used_at", Seconds),
    Column("used_key", LargeBinary),
    Column("used_request", LargeBinary),  # sha256 of the request that ``answer`` answers
    Column("answer", LargeBinary),
)

learner = Table(
    "learner",
    metadata,
    Column("number", Text, primary_key=True),
    text("name"),
    link("unit_id", "unit.id", index=True),
    text("post", server_default=""),
    flag("active"),
    text("folded", server_default="", index=True),  # store.learners.folded: one for all spellings
)
# Lists of a whole country: a page in its order, a name among all.
for _name, _columns in (
    ("learner_listed", ("unit_id", "number")),
    ("learner_named", ("number", "name", "unit_id")),
):
    Index(
        _name, *(learner.c[each] for each in _columns),
        sqlite_where=learner.c.active.is_(True), postgresql_where=learner.c.active,
    )  # fmt: skip

course = Table(
    "course",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    *texts("title", "category"),
    flag("required"),
    *texts("hours", "credits", "manifest_sha"),
    big("size"),
    text("exam_key"),  # JSON {"course/q": "AC"}; never leaves the hub
    *signed("published"),
)

# Versions that count for nobody any more: published by mistake.
voided_version = Table(
    "voided_version",
    metadata,
    Column("course_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    *signed("voided"),
    text("why"),
)

# TUF metadata (hub.trust): of the role "root" every version, of all others the newest.
trust = Table(
    "trust",
    metadata,
    Column("role", ByteText, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    raw("bytes"),  # as signed
    seconds("expires"),
)

# Whose a course is, from its first version on; "" when it is nobody's copy.
course_owner = Table(
    "course_owner",
    metadata,
    Column("course_id", Text, primary_key=True),
    link("unit_id", "unit.id"),
    text("copied_from"),  # "food-safety v3"
)

# A course that was withdrawn; published again, it is not.
course_end = Table(
    "course_end",
    metadata,
    Column("course_id", Text, primary_key=True),
    seconds("at"),
    *texts("by", "reason"),
)

class_ = Table(
    "class",
    metadata,
    Column("id", Text, primary_key=True),
    text("title"),
    link("unit_id", "unit.id"),
    text("opens"),  # "2026-11-21"
    text("closes"),
    text("state", server_default="open"),  # open | ended | cancelled
    Column("over_at", Seconds),  # when it was ended before its time, or cancelled
    text("over_by", server_default=""),
    text("reason", server_default=""),
)

class_course = Table(
    "class_course",
    metadata,
    Column("class_id", Text, ForeignKey("class.id"), primary_key=True),
    Column("course_id", Text, primary_key=True),
    whole("place", server_default="0"),
)

orders = Table(
    "orders",
    metadata,
    Column("mark", BigInteger, nullable=False, autoincrement=False),
    text("scope"),  # down | up | node | licensed
    *wholes("unit_id", "node_id"),
    *texts("kind", "key"),
    raw("body"),  # empty: withdrawn; else store.orders packs it
    UniqueConstraint("scope", "unit_id", "node_id", "kind", "key", name="orders_once"),
    PrimaryKeyConstraint("scope", "unit_id", "node_id", "mark"),
)

batch = Table(
    "batch",
    metadata,
    of_node(),
    Column("epoch", Integer, primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    whole("count"),
    raw("hash"),
    raw("previous"),
    raw("bytes"),  # as it came
    seconds("received_at"),
    big("log_index", unique=True),  # its leaf in the log, from 0
    # How far ahead the clock that noted its records was when they were sent.
    seconds("clock_skew_s", server_default="0"),
)

# Batches that contradict an accepted one (a cloned node): kept, never folded.
fork = Table(
    "fork",
    metadata,
    of_node(),
    Column("hash", LargeBinary, primary_key=True),
    whole("epoch"),
    big("first_seq"),
    raw("bytes"),
    seconds("received_at"),
)

chain = Table(
    "chain",
    metadata,
    of_node(),
    Column("epoch", Integer, primary_key=True),
    big("next_seq"),
    raw("hash"),  # of the last batch accepted
    raw("names"),  # store.batches.pack_names
    raw("base"),  # what its first batch names as predecessor
    raw("public_key"),  # that its batches are signed with
)

# Starts of a node's program (SPEC.md §11), in their order.
boot = Table(
    "boot",
    metadata,
    of_node(),
    Column("boot", LargeBinary, primary_key=True),
    whole("place"),
    big("contact"),  # with which it was first heard of
)

facts = Table(
    "facts",
    metadata,
    Column("learner", ByteText, primary_key=True),
    raw("state"),
)

# Of whom a node speaks without being believed (hub.facts.belief): such records are kept and not
# counted until people decide.
aside = Table(
    "aside",
    metadata,
    of_node(),
    Column("learner", ByteText, primary_key=True, index=True),
    text("state"),  # waiting | counted | left
    seconds("first_received"),
    seconds("last_received"),
    big("records"),
    Column("decided_at", Seconds),
    *texts("decided_by", "reason"),
)

# Records of more learners than a node may have waiting in ``aside``.
aside_beyond = Table(
    "aside_beyond",
    metadata,
    of_node(),
    big("records"),
    seconds("last_received"),
)

result = Table(
    "result",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("exam", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("node_id", Integer, primary_key=True),
    *wholes("right", "total", "score"),
    flag("passed"),
    seconds("began"),
    seconds("submitted_at"),
    whole("version"),
    big("receipt_seq"),  # seq of the hand-in
    Column("corrected_at", Seconds),  # null: ``submitted_at``, the node's claim, is right
    Column("unit_id", Integer, index=True),  # the learner's at that time; null: of nobody we know
    Index("result_by_exam", "exam"),
)
Index("result_handed_in", func.coalesce(result.c.corrected_at, result.c.submitted_at))

progress = Table(
    "progress",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("course", Text, primary_key=True),
    *wholes("version", "done", "total", "percent"),
    Column("completed_at", Seconds),  # when the day began on which it was done
    big("seconds"),  # studied, each second once
    seconds("last_at"),
    Column("completed_version", Integer),  # by which it was done
    Index("progress_by_course", "course"),
)

user = Table(
    "user",
    metadata,
    number(),
    text("name", unique=True),
    text("password"),  # sync.secrets.hash_secret
    flag("active"),
    *texts("real_name", "telephone"),
    flag("must_change"),  # the password was given by somebody else
    text("totp"),  # the secret of the second factor; "" when there is none
    big("totp_step"),  # the last half minute whose code was used: none counts twice
)

# Which roles (hub.rights) somebody holds at which units.
user_role = Table(
    "user_role",
    metadata,
    Column("user_id", Integer, ForeignKey("user.id"), primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), primary_key=True),
    Column("role", Text, primary_key=True),
)

# Log-ins that were not ended; the cookie holds the secret, this its hash.
session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    link("user_id", "user.id", index=True),
    seconds("began_at"),
    *texts("source", "agent"),  # the address and the browser it began from
)

audit = Table(
    "audit",
    metadata,
    number(),
    seconds("at", index=True),
    *texts("user", "what", "detail"),
    text("parameters", server_default="{}"),  # JSON; which ones: store.audit_events
)

setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    text("value"),
)

# Counters ("orders", "unit", "node"). A row stays locked until the transaction ends, so marks
# become visible in their order and a node that asks "after mark 40" misses none.
counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    big("value"),
)

# Tries of one source within a window (join codes, log-ins).
brake = Table(
    "brake",
    metadata,
    Column("key", Text, primary_key=True),
    whole("tries"),
    seconds("since"),
)

# Rosters that were imported; each change that followed is in ``learner_change``.
roster_import = Table(
    "roster_import",
    metadata,
    number(),
    link("unit_id", "unit.id", index=True),  # of whoever did it
    *texts("file", "counts", "missing"),  # JSON: people by kind of change; numbers not in the file
    *signed(),
    Column("undone_at", Seconds),
    text("undone_by", server_default=""),
)

# What is so of a learner from ``since`` on, the whole of it, until the learner's next row.
learner_change = Table(
    "learner_change",
    metadata,
    number(),
    Column("learner", ByteText, nullable=False, index=True),
    text("name"),
    link("unit_id", "unit.id", index=True),
    text("post"),
    text("state"),  # store.histories.Standing
    text("other"),  # whose double this number is, or ""
    seconds("since"),
    text("why"),
    *signed(),
    Column("import_id", Integer, ForeignKey("roster_import.id"), index=True),
    Column("undone_at", Seconds),  # the import was taken back: as if the row had never been
)
