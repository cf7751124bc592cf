"""Sequencing of a package: ``sequencing`` and related parts of an ``item`` (SPEC.md §2.8).

What cannot be understood keeps its usual value: the course still runs then, while a guessed rule
could lock it.
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
    SharedStore,
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
    buttons = [text_of(element).strip() for element in children(interface, "hideLMSUI")]
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
        "stores": _stores(child(item, "data")),
        "no_buttons": tuple(
            dict.fromkeys(button for button in buttons if button in get_args(activities.Hidden))
        ),
    }  # fmt: skip


def _stores(data: Element | None) -> tuple[SharedStore, ...]:
    """The stores of "adl.data"; each once, read and written unless the manifest says otherwise."""
    maps = {_id(attribute(each, "targetID")): each for each in children(data, "map")}
    return tuple(
        SharedStore(
            target,
            *(
                attribute(each, name, "true").strip().lower() in ("true", "1")
                for name in ("readSharedData", "writeSharedData")
            ),
        )
        for target, each in maps.items()
        if target
    )[: limits.MAX_SHARED_STORES]


def sequencing_of(item: Element, collections: Mapping[str, Element]) -> Sequencing:
    """Return the sequencing of an item: its own first, then what its ``IDRef`` points to."""
    own = child(item, "sequencing")
    shared = collections.get(attribute(own, "IDRef"))
    layers = [layer for layer in (own, shared) if layer is not None]

    def part(name: str) -> Element | None:
        return next(
            (element for layer in layers if (element := child(layer, name)) is not None), None
        )

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
        rollup=tuple(_rollup_rule(rule) for rule in children(rollup, "rollupRule"))[:50],
        objectives=_objectives(part("objectives"), layers),
        select=_word(attribute(chance, "selectionTiming"), activities.When, "never"),
        select_count=_count(attribute(chance, "selectCount")),
        reorder=_word(attribute(chance, "randomizationTiming"), activities.When, "never"),
        **needed,
    )


def _is_on(element: Element | None, switch: str) -> bool:
    written = attribute(element, switch).strip().lower()
    return written in ("true", "1") if written else switch in USUAL


def _rules(element: Element | None) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for name, when in _RULES:
        for rule in children(element, name):
            action = attribute(child(rule, "ruleAction"), "action")
            if action not in _ALLOWED[when]:
                continue
            group = child(rule, "ruleConditions")
            rules.append(
                Rule(
                    when=when,  # type: ignore[arg-type]  # one of _RULES
                    action=action,  # type: ignore[arg-type]  # one of _ALLOWED
                    any=attribute(group, "conditionCombination") == "any",
                    conditions=_conditions(group, "ruleCondition"),
                )
            )
    return tuple(rules[:50])


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
            negated=attribute(condition, "operator") == "not",
            objective=_id(attribute(condition, "referencedObjective")),
            measure=_decimal(attribute(condition, "measureThreshold"), ""),
        )
        for condition in children(group, name)
        if (asks := _word(attribute(condition, "condition"), activities.Asked, ""))
    )[:20]


def _objectives(element: Element | None, layers: list[Element]) -> tuple[Objective, ...]:
    objectives: list[Objective] = []
    more = _more_shares(layers)
    for name in ("primaryObjective", "objective"):
        for objective in children(element, name):
            name_of = _id(attribute(objective, "objectiveID"))
            objectives.append(
                Objective(
                    id=name_of,
                    primary=name == "primaryObjective",
                    by_measure=attribute(objective, "satisfiedByMeasure").lower() in ("true", "1"),
                    measure=_decimal(text_of(child(objective, "minNormalizedMeasure")), "1"),
                    maps=_joined(
                        tuple(_shared(each) for each in children(objective, "mapInfo")),
                        more.get(name_of, ()),
                    ),
                )
            )
    return tuple(objectives[:100])


def _more_shares(layers: list[Element]) -> dict[str, tuple[SharedObjective, ...]]:
    """What ADL's own "objectives" (``adlseq``, 4th Edition) share beyond the two of IMS, by id."""
    groups = [group for layer in layers for group in children(layer, "objectives")]
    own = [group for group in groups if "adlseq" in group.tag]
    return {
        _id(attribute(objective, "objectiveID")): tuple(
            _shared(each, _ADL_READ) for each in children(objective, "mapInfo")
        )
        for group in own[:1]
        for objective in children(group, "objective")
    }


# Reading is on unless said otherwise, writing is not (IMS SS 1.0 §4 and adlseq).
_IMS_READ = ("readSatisfiedStatus", "readNormalizedMeasure")
_ADL_READ = (
    "readRawScore", "readMinScore", "readMaxScore", "readCompletionStatus", "readProgressMeasure",
)  # fmt: skip


def _shared(element: Element, usual: tuple[str, ...] = _IMS_READ) -> SharedObjective:
    on = tuple(
        name
        for name in get_args(activities.Shared)
        if attribute(element, name, "true" if name in usual else "").lower() in ("true", "1")
    )
    return SharedObjective(_id(attribute(element, "targetObjectiveID")), on)


def _joined(
    ims: tuple[SharedObjective, ...], adl: tuple[SharedObjective, ...]
) -> tuple[SharedObjective, ...]:
    """One map for each target, with what both say."""
    shares: dict[str, tuple[activities.Shared, ...]] = {}
    for each in ims + adl:
        shares[each.target] = (*shares.get(each.target, ()), *each.shares)
    return tuple(
        SharedObjective(target, tuple(dict.fromkeys(names))) for target, names in shares.items()
    )[:20]


def _threshold(element: Element | None) -> tuple[str, str]:
    """Where progress decides completion: "minProgressMeasure" (4th edition), and its weight."""
    measure = text_of(element).strip()
    if attribute(element, "completedByMeasure").lower() in ("true", "1"):
        measure = attribute(element, "minProgressMeasure", "1.0")
    return _decimal(measure, ""), _decimal(attribute(element, "progressWeight"), "1")


def _decimal(text: str, usual: str) -> str:
    text = text.strip()
    if not _DECIMAL.fullmatch(text):
        return usual
    plain = f"{float(text):.10f}".rstrip("0").rstrip(".")
    return plain or "0"


def _count(text: str) -> int:
    return min(int(text), 10_000) if text.strip().isdecimal() and len(text) < 10 else 0


def _id(text: str) -> str:
    return clean(text, limits.MAX_ACTIVITY_ID_CHARS)


def _word(text: str, words: Any, usual: str) -> Any:
    return text.strip() if text.strip() in get_args(words) else usual
