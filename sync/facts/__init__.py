"""Facts: what follows from records, by the same code at both ends (SPEC.md §8)."""

from sync.facts.attempts import Attempt, Given, Start, Submission
from sync.facts.completion import CourseRule, ItemRule, Progress, progress, share
from sync.facts.grading import Result, accepted, grade, letters, number_key, right, text_key
from sync.facts.paper import ExamRule, option_order, paper, shuffled
from sync.facts.spans import Spans
from sync.facts.state import Facts, Place, Practised, Voted

__all__ = [
    "Attempt",
    "CourseRule",
    "ExamRule",
    "Facts",
    "Given",
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
    "grade",
    "letters",
    "number_key",
    "option_order",
    "paper",
    "progress",
    "right",
    "share",
    "shuffled",
    "text_key",
]
