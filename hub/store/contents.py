"""Tables of what is taught, as it is kept at the hub: materials, banks, drafts (see ``schema``).

What is published is ``schema.course``; nothing here ever goes to a station.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.schema import Seconds, metadata

material = Table(
    "material",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),  # whose it is
    Column("kind", Text, nullable=False),  # of items: video, pdf, page, scorm
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),  # the name of the file that was handed in
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False, index=True),  # of what a station would fetch
    Column("item", Text, nullable=False),  # JSON of a content.course.Item without id
    Column("added_at", Seconds, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("active", Boolean, nullable=False),  # false: put away
)

import_job = Table(
    "import_job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("at", Seconds, nullable=False),
    Column("by", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("token", Text, nullable=False),  # of the upload that waits for it
    Column("target", Text, nullable=False),  # JSON: which bank, which columns
    Column("state", Text, nullable=False),  # waiting | running | done | asks
    Column("beat_at", Seconds, nullable=False),  # when it last went on
    Column("report", Text, nullable=False),  # JSON of hub.importing.Report
)

bank = Table(
    "bank",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("made_at", Seconds, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

question = Table(
    "question",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank_id", Integer, ForeignKey("bank.id"), nullable=False),
    Column("place", Integer, nullable=False),  # in the bank, from 1
    Column("code", Text, nullable=False),  # the question's own id
    Column("type", Text, nullable=False),
    Column("chapter", Text, nullable=False),
    Column("difficulty", Integer, nullable=False),
    Column("text", Text, nullable=False),  # what a reader sees, for searching
    Column("fingerprint", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON of a content.course.Question
    Column("changed_at", Seconds, nullable=False),
    Column("changed_by", Text, nullable=False),
    UniqueConstraint("bank_id", "code", name="question_once"),
    Index("question_by_place", "bank_id", "place"),
    Index("question_by_print", "bank_id", "fingerprint"),
)

# What a question was before it was changed or removed.
question_before = Table(
    "question_before",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank_id", Integer, ForeignKey("bank.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("what", Text, nullable=False),  # changed | removed
    Column("at", Seconds, nullable=False),
    Column("by", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("before_by_question", "bank_id", "code"),
)

# How the columns of workbooks with these headings were understood last time.
column_mapping = Table(
    "column_mapping",
    metadata,
    Column("headings", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("by", Text, nullable=False),
)

lecturer = Table(
    "lecturer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

draft = Table(
    "draft",
    metadata,
    Column("id", Text, primary_key=True),  # of the course
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),  # draft | review | returned | approved | published
    Column("edition", Integer, nullable=False),  # counts savings
    Column("body", Text, nullable=False),  # JSON of hub.drafts.Plan
    Column("authors", Text, nullable=False),  # JSON: who changed it since it was last published
    Column("digest", Text, nullable=False),  # of what is in review or approved
    Column("changed_at", Seconds, nullable=False),
    Column("changed_by", Text, nullable=False),
)

draft_event = Table(
    "draft_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", Text, ForeignKey("draft.id"), nullable=False, index=True),
    Column("at", Seconds, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),  # submitted | approved | returned | published …
    Column("comment", Text, nullable=False),
)

shared_module = Table(
    "shared_module",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", Integer, ForeignKey("unit.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON of hub.drafts.ModulePlan
    Column("changed_at", Seconds, nullable=False),
    Column("changed_by", Text, nullable=False),
)
