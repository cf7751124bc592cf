"""Tables of what is taught, as it is kept at the hub: materials, banks, drafts (see ``schema``).

What is published is ``schema.course``; nothing here ever goes to a station.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.columns import (
    big,
    flag,
    link,
    number,
    seconds,
    signed,
    text,
    texts,
    whole,
)
from hub.store.schema import metadata

material = Table(
    "material",
    metadata,
    number(),
    link("unit_id", "unit.id"),  # whose it is
    text("kind"),  # of items: video, pdf, page, scorm
    text("title"),
    text("source"),  # the name of the file that was handed in
    big("size"),
    text("sha256", index=True),  # of what a station would fetch
    text("item"),  # JSON of a content.model.course.Item without id
    *signed("added"),
    flag("active"),  # false: put away
)

import_job = Table(
    "import_job",
    metadata,
    number(),
    link("unit_id", "unit.id"),
    *signed(),
    text("name"),
    big("size"),
    text("token"),  # of the upload that waits for it
    text("target"),  # JSON: which bank, which columns
    text("state"),  # waiting | running | done | asks | looks
    seconds("beat_at"),  # when it last went on
    text("report"),  # JSON of hub.materials.import_report.ImportReport
    whole("percent", server_default="0"),  # of a film that is converted, how much is done
)

bank = Table(
    "bank",
    metadata,
    number(),
    link("unit_id", "unit.id"),
    text("title"),
    *signed("made"),
    flag("active"),
    flag("open"),  # units below may use it; one for exams is not
)

question = Table(
    "question",
    metadata,
    number(),
    link("bank_id", "bank.id"),
    whole("place"),  # in the bank, from 1
    text("code"),  # the question's own id
    *texts("type", "chapter"),
    whole("difficulty"),
    text("text"),  # what a reader sees, for searching
    text("fingerprint"),
    text("body"),  # JSON of a content.model.course.Question
    *signed("changed"),
    UniqueConstraint("bank_id", "code", name="question_once"),
    Index("question_by_place", "bank_id", "place"),
    Index("question_by_print", "bank_id", "fingerprint"),
)

# What a question was before it was changed or removed.
question_before = Table(
    "question_before",
    metadata,
    number(),
    link("bank_id", "bank.id"),
    text("code"),
    whole("place"),
    text("what"),  # changed | removed
    *signed(),
    text("body"),
    Index("before_by_question", "bank_id", "code"),
)

# How the columns of workbooks with these headings were understood last time.
column_mapping = Table(
    "column_mapping",
    metadata,
    Column("headings", Text, primary_key=True),
    text("mapping"),
    *signed(),
)

lecturer = Table(
    "lecturer",
    metadata,
    number(),
    link("unit_id", "unit.id"),
    *texts("name", "office", "title", "field"),
    flag("active"),
)

draft = Table(
    "draft",
    metadata,
    Column("id", Text, primary_key=True),  # of the course
    link("unit_id", "unit.id"),
    text("title"),
    text("state"),  # draft | review | returned | approved | published
    whole("edition"),  # counts savings
    text("body"),  # JSON of hub.authoring.draft_plan.Plan
    text("authors"),  # JSON: who changed it since it was last published
    text("digest"),  # of what is in review or approved
    *signed("changed"),
    text("copied_from"),  # of whose course it is a copy: "food-safety v3"
)

draft_event = Table(
    "draft_event",
    metadata,
    number(),
    Column("draft_id", Text, ForeignKey("draft.id"), nullable=False, index=True),
    *signed(),
    text("what"),  # submitted | approved | returned | published …
    text("comment"),
)

shared_module = Table(
    "shared_module",
    metadata,
    number(),
    link("unit_id", "unit.id"),
    text("title"),
    whole("edition"),
    text("body"),  # JSON of hub.authoring.draft_plan.ModulePlan
    *signed("changed"),
)
