"""Facts: what follows from records, by the same code at both ends (SPEC.md §8)."""

from sync.facts.attempts import (
    MARKS,
    Attempt,
    Given,
    Start,
    Submission,
    numbered_try,
    ordinal_of,
)
from sync.facts.completion import (
    GRACE_DAYS,
    Completion,
    CourseRule,
    InForce,
    ItemRule,
    Progress,
    completed_on,
    in_force,
    progress,
    share,
)
from sync.facts.grading import Result, accepted, grade, letters, number_key, right, text_key
from sync.facts.paper import ExamRule, option_order, paper, shuffled
from sync.facts.spans import Spans, day_of, starts_at
from sync.facts.state import Facts, Place, Practised, Voted

__all__ = [
    "GRACE_DAYS",
    "MARKS",
    "Attempt",
    "Completion",
    "CourseRule",
    "ExamRule",
    "Facts",
    "Given",
    "InForce",
    "ItemRule",
    "Place",
    "Practised",
    "Progress",
    "Result",
    "Spans",
    "Start",
    "Submission",
    "Voted",
    "accepted",
    "completed_on",
    "day_of",
    "grade",
    "in_force",
    "letters",
    "number_key",
    "numbered_try",
    "option_order",
    "ordinal_of",
    "paper",
    "progress",
    "right",
    "share",
    "shuffled",
    "starts_at",
    "text_key",
]
