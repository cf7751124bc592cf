"""Activities: what a SCORM package asks to be played, as values (SPEC.md §1.1).

The tree of a package's organisation, flat and in order, with what its run time and its sequencing
need. Words in quotes are those of the standard (SCORM 1.2 CAM and RTE; SCORM 2004 CAM, IMS Simple
Sequencing). ``content.scorm`` reads it from a manifest; ``content.model.activity_values`` puts it
into packs and reads it back. The node plays it and decides what counts.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from content.model import limits


@dataclass(frozen=True, slots=True)
class Most:
    """An upper limit: characters of a text, entries of a list, or the value of a number."""

    limit: int


Name = Annotated[str, Most(limits.MAX_ACTIVITY_ID_CHARS)]
Token = Annotated[str, Most(40)]
# A number with a fraction stays a text: packs hold whole numbers only.
Decimal = Annotated[str, Most(20)]

# "controlMode", "deliveryControls", "constrainedChoiceConsiderations" and the like: what is on.
Switch = Literal[
    "choice", "choiceExit", "flow", "forwardOnly",
    "useCurrentAttemptObjectiveInfo", "useCurrentAttemptProgressInfo",
    "rollupObjectiveSatisfied", "rollupProgressCompletion",
    "tracked", "completionSetByContent", "objectiveSetByContent",
    "preventActivation", "constrainChoice", "reorderChildren", "measureSatisfactionIfActive",
]  # fmt: skip
# The default: what is on where a manifest says nothing.
USUAL: tuple[Switch, ...] = (
    "choice", "choiceExit", "useCurrentAttemptObjectiveInfo", "useCurrentAttemptProgressInfo",
    "rollupObjectiveSatisfied", "rollupProgressCompletion", "tracked",
    "measureSatisfactionIfActive",
)  # fmt: skip
Asked = Literal[
    "satisfied", "objectiveStatusKnown", "objectiveMeasureKnown", "objectiveMeasureGreaterThan",
    "objectiveMeasureLessThan", "completed", "activityProgressKnown", "attempted",
    "attemptLimitExceeded", "timeLimitExceeded", "outsideAvailableTimeRange", "always",
]  # fmt: skip
Action = Literal[
    "skip", "disabled", "hiddenFromChoice", "stopForwardTraversal", "exit",
    "exitParent", "exitAll", "retry", "retryAll", "continue", "previous",
]  # fmt: skip
RolledUp = Literal["satisfied", "notSatisfied", "completed", "incomplete"]
ChildSet = Literal["all", "any", "none", "atLeastCount", "atLeastPercent"]
Shared = Literal[
    "readSatisfiedStatus", "readNormalizedMeasure", "writeSatisfiedStatus",
    "writeNormalizedMeasure", "readRawScore", "readMinScore", "readMaxScore",
    "readCompletionStatus", "readProgressMeasure", "writeRawScore", "writeMinScore",
    "writeMaxScore", "writeCompletionStatus", "writeProgressMeasure",
]  # fmt: skip
Hidden = Literal[
    "previous", "continue", "exit", "exitAll", "abandon", "abandonAll", "suspendAll"
]  # fmt: skip
Needed = Literal["always", "ifAttempted", "ifNotSkipped", "ifNotSuspended"]
When = Literal["never", "once", "onEachNewAttempt"]
TimeAction = Literal["", "exit,message", "exit,no message", "continue,message",
                     "continue,no message"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """One "ruleCondition" or "rollupCondition"."""

    asks: Asked
    negated: bool = False
    objective: Name = ""
    measure: Decimal = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A "preConditionRule", "postConditionRule" or "exitConditionRule"."""

    when: Literal["pre", "post", "exit"]
    action: Action
    any: bool = False  # one of the conditions is enough
    conditions: Annotated[tuple[Condition, ...], Most(20)] = ()


@dataclass(frozen=True, slots=True)
class RollupRule:
    """A "rollupRule": when a cluster counts as satisfied or completed."""

    action: RolledUp
    children: ChildSet = "all"
    count: Annotated[int, Most(10_000)] = 0
    percent: Decimal = "0"
    any: bool = True
    conditions: Annotated[tuple[Condition, ...], Most(20)] = ()


@dataclass(frozen=True, slots=True)
class SharedObjective:
    """A "mapInfo": what of an objective is read from and written to one that all share."""

    target: Name
    shares: Annotated[tuple[Shared, ...], Most(20)] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """A "primaryObjective" or "objective"."""

    id: Name = ""
    primary: bool = False
    by_measure: bool = False
    measure: Decimal = "1"
    maps: Annotated[tuple[SharedObjective, ...], Most(20)] = ()


@dataclass(frozen=True, slots=True)
class SharedStore:
    """A "map" of "data": a store of text that activities share (SCORM 2004 4th Edition)."""

    target: Name
    read: bool = True
    write: bool = True


@dataclass(frozen=True, slots=True)
class Sequencing:
    """The "sequencing" of one activity."""

    on: Annotated[tuple[Switch, ...], Most(20)] = USUAL
    attempts: Annotated[int, Most(10_000)] = 0  # 0: no limit
    weight: Decimal = "1"
    rules: Annotated[tuple[Rule, ...], Most(50)] = ()
    rollup: Annotated[tuple[RollupRule, ...], Most(50)] = ()
    objectives: Annotated[tuple[Objective, ...], Most(100)] = ()
    for_satisfied: Needed = "always"
    for_not_satisfied: Needed = "always"
    for_completed: Needed = "always"
    for_incomplete: Needed = "always"
    select: When = "never"
    select_count: Annotated[int, Most(10_000)] = 0
    reorder: When = "never"


@dataclass(frozen=True, slots=True)
class Activity:
    """One "item" of the organisation; the first is the organisation itself.

    ``parent`` is the place of its parent in the list, which always stands before it. ``launch``
    is the file to open, as a path inside the package, and ``query`` what follows it in the
    address; a heading has neither. ``sco``: it speaks to the run time; else it is only shown.
    """

    id: Name
    title: Annotated[str, Most(limits.MAX_ACTIVITY_TITLE_CHARS)]
    parent: Annotated[int, Most(limits.MAX_ACTIVITIES)] = 0
    launch: Annotated[str, Most(limits.MAX_ASSET_PATH_CHARS)] = ""
    query: Annotated[str, Most(limits.MAX_QUERY_CHARS)] = ""
    sco: bool = False
    hidden: bool = False
    prerequisites: Annotated[str, Most(limits.MAX_QUERY_CHARS)] = ""
    mastery: Decimal = ""
    longest: Token = ""
    time_action: TimeAction = ""
    data: Annotated[str, Most(limits.MAX_LAUNCH_DATA_CHARS)] = ""
    threshold: Decimal = ""  # "minProgressMeasure", where it decides completion
    progress_weight: Decimal = "1"
    no_buttons: Annotated[tuple[Hidden, ...], Most(10)] = ()
    stores: Annotated[tuple[SharedStore, ...], Most(limits.MAX_SHARED_STORES)] = ()
    sequencing: Sequencing = field(default_factory=Sequencing)


@dataclass(frozen=True, slots=True)
class Scorm:
    """A package as it is played: the version of its standard, and its activities, parents first."""

    version: Literal["1.2", "2004"]
    activities: Annotated[tuple[Activity, ...], Most(limits.MAX_ACTIVITIES)]

    def launchable(self) -> tuple[Activity, ...]:
        """Return the activities that open a file."""
        return tuple(activity for activity in self.activities if activity.launch)
