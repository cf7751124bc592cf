"""content.scorm.sequencing: what SCORM 2004 says of an item's sequencing is read."""

from pathlib import Path

from content.model.activities import USUAL, Condition, RollupRule, Rule, SharedStore
from tests.content.scorm.test_scorm import PAGE, activities, read
from tests.scorm import Part, manifest, package, zipped

SEQUENCED = """<adlcp:data><adlcp:map targetID="notes"/><adlcp:map targetID="notes"/>
<adlcp:map targetID=""/><adlcp:map targetID="log" readSharedData="false"/></adlcp:data>
<imsss:sequencing>
<imsss:controlMode choice="false" flow="true"/>
<imsss:sequencingRules>
 <imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">
  <imsss:ruleCondition condition="satisfied" operator="not" referencedObjective="ob"/>
  </imsss:ruleConditions><imsss:ruleAction action="skip"/></imsss:preConditionRule>
 <imsss:postConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="always"/>
  </imsss:ruleConditions><imsss:ruleAction action="retry"/></imsss:postConditionRule>
 <imsss:exitConditionRule><imsss:ruleAction action="jump"/></imsss:exitConditionRule>
</imsss:sequencingRules>
<imsss:limitConditions attemptLimit="3"/>
<imsss:rollupRules objectiveMeasureWeight="0.50" rollupProgressCompletion="false">
 <imsss:rollupRule childActivitySet="atLeastCount" minimumCount="2"><imsss:rollupConditions>
  <imsss:rollupCondition condition="completed"/></imsss:rollupConditions>
  <imsss:rollupAction action="completed"/></imsss:rollupRule></imsss:rollupRules>
<imsss:objectives><imsss:primaryObjective objectiveID="ob" satisfiedByMeasure="true">
 <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>
 <imsss:mapInfo targetObjectiveID="all" readNormalizedMeasure="false" writeSatisfiedStatus="true"/>
</imsss:primaryObjective></imsss:objectives>
<imsss:deliveryControls objectiveSetByContent="true"/>
<adlseq:rollupConsiderations requiredForCompleted="ifNotSkipped"/>
</imsss:sequencing><adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.7"/>
<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>continue</adlnav:hideLMSUI>
<adlnav:hideLMSUI>nonsense</adlnav:hideLMSUI></adlnav:navigationInterface></adlnav:presentation>"""


def test_sequencing_of_scorm_2004_is_read(tmp_path: Path) -> None:
    part = Part("one", "一", "one.html", xml=SEQUENCED)
    raw = package(part, version="2004", files={"one.html": PAGE})
    got = read(tmp_path, raw).scorm
    assert got.version == "2004"
    activity = got.activities[1]
    sequencing = activity.sequencing
    assert set(sequencing.on) == (set(USUAL) - {"choice", "rollupProgressCompletion"}) | {
        "flow",
        "objectiveSetByContent",
    }
    assert sequencing.rules == (
        Rule("pre", "skip", True, (Condition("satisfied", True, "ob"),)),
        Rule("post", "retry", False, (Condition("always"),)),
    )
    assert sequencing.attempts == 3
    assert sequencing.weight == "0.5"
    assert sequencing.rollup == (
        RollupRule("completed", "atLeastCount", 2, conditions=(Condition("completed"),)),
    )
    [objective] = sequencing.objectives
    assert (objective.id, objective.primary, objective.by_measure) == ("ob", True, True)
    assert objective.measure == "0.8"
    assert objective.maps[0].shares == ("readSatisfiedStatus", "writeSatisfiedStatus")
    assert sequencing.for_completed == "ifNotSkipped"
    assert (activity.threshold, activity.no_buttons) == ("0.7", ("continue",))
    assert activity.stores == (SharedStore("notes"), SharedStore("log", read=False))
    assert got.activities[0].sequencing.on == USUAL


def test_what_objectives_share_beyond_ims_is_read(tmp_path: Path) -> None:
    xml = """<imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID="p"/>
<imsss:objective objectiveID="ob"><imsss:mapInfo targetObjectiveID="g" writeSatisfiedStatus="true"/>
</imsss:objective></imsss:objectives><adlseq:objectives><adlseq:objective objectiveID="ob">
<adlseq:mapInfo targetObjectiveID="g" writeRawScore="true" readMinScore="false"/>
<adlseq:mapInfo targetObjectiveID="h"/></adlseq:objective></adlseq:objectives></imsss:sequencing>"""
    part = Part("one", "一", "one.html", xml=xml)
    [_, activity] = activities(tmp_path, package(part, version="2004", files={"one.html": PAGE}))
    read_beyond = ("readRawScore", "readMaxScore", "readCompletionStatus", "readProgressMeasure")
    [_primary, objective] = activity.sequencing.objectives
    assert [(each.target, set(each.shares)) for each in objective.maps] == [
        ("g", {"readSatisfiedStatus", "readNormalizedMeasure", "writeSatisfiedStatus",
               *read_beyond, "writeRawScore"}),
        ("h", {*read_beyond, "readMinScore"}),
    ]  # fmt: skip


def test_a_collection_stands_beneath_an_items_own_sequencing(tmp_path: Path) -> None:
    part = Part("one", "一", "one.html", xml='<imsss:sequencing IDRef="c"><imsss:limitConditions'
               ' attemptLimit="2"/></imsss:sequencing>')  # fmt: skip
    shared = (
        '<imsss:sequencingCollection><imsss:sequencing ID="c"><imsss:controlMode flow="true"/>'
        '<imsss:limitConditions attemptLimit="9"/></imsss:sequencing></imsss:sequencingCollection>'
    )
    text = manifest(part, version="2004").replace("</manifest>", f"{shared}</manifest>")
    [_, activity] = activities(tmp_path, zipped({"imsmanifest.xml": text, "one.html": PAGE}))
    assert "flow" in activity.sequencing.on
    assert activity.sequencing.attempts == 2
