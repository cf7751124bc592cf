"""Sequencing of a package: ``sequencing`` and what stands beside it in an ``item`` (SPEC.md §2.8).

What cannot be understood is left at its usual value: a course goes on then, where a rule that was
guessed could lock it.
"""

import re
from collections.abc import Mapping
from typing import Any, get_args
from xml.etree.ElementTree import Element

from content.model import activities, limits
from content.model.activities import (
    USUAL,
    Condition,
    Objective,
    RollupRule,
    Rule,
    Sequencing,
    SharedObjective,
    Switch,
)
from content.text.xml_clean import attribute, child, children, clean, legible, text_of

_DECIMAL = re.compile(r"-?\d{1,4}(?:\.\d{1,10})?")
# Where each switch is written.
_SWITCHES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("controlMode", ("choice", "choiceExit", "flow", "forwardOnly",
                     "useCurrentAttemptObjectiveInfo", "useCurrentAttemptProgressInfo")),
    ("rollupRules", ("rollupObjectiveSatisfied", "rollupProgressCompletion")),
    ("deliveryControls", ("tracked", "completionSetByContent", "objectiveSetByContent")),
    ("constrainedChoiceConsiderations", ("preventActivation", "constrainChoice")),
    ("randomizationControls", ("reorderChildren",)),
    ("rollupConsiderations", ("measureSatisfactionIfActive",)),
)  # fmt: skip
_RULES = (("preConditionRule", "pre"), ("exitConditionRule", "exit"), ("postConditionRule", "post"))
_ALLOWED = {
    "pre": ("skip", "disabled", "hiddenFromChoice", "stopForwardTraversal"),
    "exit": ("exit",),
    "post": ("exitParent", "exitAll", "retry", "retryAll", "continue", "previous"),
}


def run_time_fields(item: Element) -> dict[str, Any]:
    """Return what an ``item`` tells the run time, as fields of an ``Activity``."""
    threshold, weight = _threshold(child(item, "completionThreshold"))
    interface = child(child(item, "presentation"), "navigationInterface")
    buttons = [text_of(one).strip() for one in children(interface, "hideLMSUI")]
    return {
        "prerequisites": clean(text_of(child(item, "prerequisites")), limits.MAX_QUERY_CHARS),
        "mastery": _decimal(text_of(child(item, "masteryscore")), ""),
        "longest": clean(text_of(child(item, "maxtimeallowed")), 40)
        or attribute(child(child(item, "sequencing"), "limitConditions"),
                     "attemptAbsoluteDurationLimit")[:40],
        "time_action": _word(text_of(child(item, "timelimitaction")), activities.TimeAction, ""),
        "data": legible(text_of(child(item, "datafromlms")))[: limits.MAX_LAUNCH_DATA_CHARS],
        "threshold": threshold,
        "progress_weight": weight,
        "no_buttons": tuple(
            dict.fromkeys(one for one in buttons if one in get_args(activities.Hidden))
        ),
    }  # fmt: skip


def sequencing_of(item: Element, collections: Mapping[str, Element]) -> Sequencing:
    """Return the sequencing of an item, with what its ``IDRef`` points to beneath its own."""
    own = child(item, "sequencing")
    shared = collections.get(attribute(own, "IDRef"))
    layers = [one for one in (own, shared) if one is not None]

    def part(name: str) -> Element | None:
        return next((found for one in layers if (found := child(one, name)) is not None), None)

    considered, chance = part("rollupConsiderations"), part("randomizationControls")
    needed = {
        field: _word(attribute(considered, f"required{name}"), activities.Needed, "always")
        for field, name in (
            ("for_satisfied", "ForSatisfied"),
            ("for_not_satisfied", "ForNotSatisfied"),
            ("for_completed", "ForCompleted"),
            ("for_incomplete", "ForIncomplete"),
        )
    }
    rollup = part("rollupRules")
    return Sequencing(
        on=tuple(
            switch
            for switch in get_args(Switch)
            if _is_on(next(part(place) for place, names in _SWITCHES if switch in names), switch)
        ),
        attempts=_count(attribute(part("limitConditions"), "attemptLimit")),
        weight=_decimal(attribute(rollup, "objectiveMeasureWeight"), "1"),
        rules=_rules(part("sequencingRules")),
        rollup=tuple(_rollup_rule(one) for one in children(rollup, "rollupRule"))[:50],
        objectives=_objectives(part("objectives")),
        select=_word(attribute(chance, "selectionTiming"), activities.When, "never"),
        select_count=_count(attribute(chance, "selectCount")),
        reorder=_word(attribute(chance, "randomizationTiming"), activities.When, "never"),
        **needed,
    )


def _is_on(element: Element | None, switch: str) -> bool:
    said = attribute(element, switch).strip().lower()
    return said in ("true", "1") if said else switch in USUAL


def _rules(element: Element | None) -> tuple[Rule, ...]:
    made: list[Rule] = []
    for name, when in _RULES:
        for one in children(element, name):
            action = attribute(child(one, "ruleAction"), "action")
            if action not in _ALLOWED[when]:
                continue
            group = child(one, "ruleConditions")
            made.append(
                Rule(
                    when=when,  # type: ignore[arg-type]  # one of _RULES
                    action=action,  # type: ignore[arg-type]  # one of _ALLOWED
                    any=attribute(group, "conditionCombination") == "any",
                    conditions=_conditions(group, "ruleCondition"),
                )
            )
    return tuple(made[:50])


def _rollup_rule(element: Element) -> RollupRule:
    group = child(element, "rollupConditions")
    return RollupRule(
        action=_word(
            attribute(child(element, "rollupAction"), "action"), activities.RolledUp, "completed"
        ),
        children=_word(attribute(element, "childActivitySet"), activities.ChildSet, "all"),
        count=_count(attribute(element, "minimumCount")),
        percent=_decimal(attribute(element, "minimumPercent"), "0"),
        any=attribute(group, "conditionCombination", "any") != "all",
        conditions=_conditions(group, "rollupCondition"),
    )


def _conditions(group: Element | None, name: str) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            asks=asks,
            negated=attribute(one, "operator") == "not",
            objective=_id(attribute(one, "referencedObjective")),
            measure=_decimal(attribute(one, "measureThreshold"), ""),
        )
        for one in children(group, name)
        if (asks := _word(attribute(one, "condition"), activities.Asked, ""))
    )[:20]


def _objectives(element: Element | None) -> tuple[Objective, ...]:
    made: list[Objective] = []
    for name in ("primaryObjective", "objective"):
        for one in children(element, name):
            made.append(
                Objective(
                    id=_id(attribute(one, "objectiveID")),
                    primary=name == "primaryObjective",
                    by_measure=attribute(one, "satisfiedByMeasure").lower() in ("true", "1"),
                    measure=_decimal(text_of(child(one, "minNormalizedMeasure")), "1"),
                    maps=tuple(_shared(each) for each in children(one, "mapInfo"))[:20],
                )
            )
    return tuple(made[:100])


def _shared(element: Element) -> SharedObjective:
    # Reading is on unless said otherwise, writing is not (IMS SS 1.0 §4).
    usual = {"readSatisfiedStatus": "true", "readNormalizedMeasure": "true"}
    on = tuple(
        name
        for name in get_args(activities.Shared)
        if attribute(element, name, usual.get(name, "")).lower() in ("true", "1")
    )
    return SharedObjective(_id(attribute(element, "targetObjectiveID")), on)


def _threshold(element: Element | None) -> tuple[str, str]:
    """Where progress decides completion: "minProgressMeasure" (4th edition), and its weight."""
    said = text_of(element).strip()
    if attribute(element, "completedByMeasure").lower() in ("true", "1"):
        said = attribute(element, "minProgressMeasure", "1.0")
    return _decimal(said, ""), _decimal(attribute(element, "progressWeight"), "1")


def _decimal(said: str, usual: str) -> str:
    said = said.strip()
    if not _DECIMAL.fullmatch(said):
        return usual
    plain = f"{float(said):.10f}".rstrip("0").rstrip(".")
    return plain or "0"


def _count(said: str) -> int:
    return min(int(said), 10_000) if said.strip().isdecimal() and len(said) < 10 else 0


def _id(said: str) -> str:
    return clean(said, limits.MAX_ACTIVITY_ID_CHARS)


def _word(said: str, words: Any, usual: str) -> Any:
    return said.strip() if said.strip() in get_args(words) else usual
