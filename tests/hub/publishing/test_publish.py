"""Publishing: the new version applies to everybody who has begun, all at one moment."""

from __future__ import annotations

import pytest

from content.packs.pack import Pack, open_manifest, seal_manifest
from hub.context.open_hub import Hub
from hub.publishing import publish
from hub.store import courses, results
from hub.store import orders as stored_orders
from hub.store.engine import reading, writing
from hub.store.results import ProgressRow
from sync.records import Kind, Record
from tests.hub.conftest import EXAM_KEY, NOW, Station, course, publish_course, sitting, study

LEARNER = "A1001"


def progress(hub: Hub) -> ProgressRow:
    with reading(hub.engine) as connection:
        [row] = results.progress_of(connection, LEARNER)
    return row


def pack_of(hub: Hub, version: int, exam_key: dict[str, str]) -> Pack:
    raw = seal_manifest(course(version), hub.key)
    opened = open_manifest(raw, hub.key.public)
    return Pack(opened, hub.blobs.add_bytes(raw), len(raw), exam_key)


def test_progress_is_counted_by_a_new_version_as_soon_as_it_is_published(
    hub: Hub, station: Station
) -> None:
    publish_course(hub)
    station.send(station.seal(study(LEARNER, 0, 100)))
    before = progress(hub)
    publish_course(hub, course(2, seconds=400))
    assert (before.version, progress(hub).version) == (1, 2)
    assert progress(hub).percent < before.percent


def test_progress_that_was_left_behind_is_counted_when_the_version_is_published_again(
    hub: Hub, station: Station
) -> None:
    publish_course(hub)
    station.send(station.seal(study(LEARNER, 0, 100)))
    left = progress(hub)
    publish_course(hub, course(2, seconds=400))
    with writing(
        hub.engine
    ) as connection:  # as hubs of older releases left it when they were interrupted
        results.put_progress(connection, [left])
    publish_course(hub, course(2, seconds=400))
    assert progress(hub).version == 2


def test_right_answers_of_a_publication_that_failed_grade_nobody(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_course(hub)
    station.send(station.seal(study(LEARNER, 0, 100)))
    wrong = dict.fromkeys(EXAM_KEY, "D")
    with monkeypatch.context() as broken:
        broken.setattr(stored_orders, "put", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish.publish_pack(hub, pack_of(hub, 2, wrong), "0", "test")
    # The same manifest: it does not contain the answers of exams.
    publish.publish_pack(hub, pack_of(hub, 2, EXAM_KEY), "0", "test")
    began, *_answers, handed_in = sitting(LEARNER)
    answers = [
        Record(0, NOW + 9, Kind.EXAM_ANSWER, LEARNER, question, right, "food/exam", (1,))
        for question, right in EXAM_KEY.items()
    ]
    station.send(station.seal(began._replace(numbers=(1, 2)), *answers, handed_in))
    with reading(hub.engine) as connection:
        [row] = results.of_learners(connection, [LEARNER])
        newest = courses.newest(connection, "food")
    assert newest is not None
    assert (newest.version, row.version, row.score, row.passed) == (2, 2, 100, True)
