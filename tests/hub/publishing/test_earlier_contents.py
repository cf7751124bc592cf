"""A film that is replaced under its item's id: what was earned with the old one stays its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.model.course import Course
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.source import build_pack
from content.source.folder import read_folder
from hub.context.open_hub import Hub
from hub.facts import evidence, rebuild
from hub.publishing import publish
from hub.store import courses, results
from hub.store.engine import reading
from hub.store.results import ProgressRow
from sync.facts import Facts, completed_on, day_of, in_force, starts_at
from sync.records import Record
from tests.content.conftest import mp4
from tests.hub.conftest import NOW, Clock, join_station, study

DAY_S = 86_400
OLD, NEW = mp4(100), mp4(100, version=1)


def handed_in(folder: Path, version: int, film: bytes, page: str, said: str = "") -> Path:
    """A course folder of a film and a page of least reading time."""
    folder.mkdir(exist_ok=True)
    (folder / "video.mp4").write_bytes(film)
    (folder / "page.md").write_text(page, "utf-8")
    lines = ['id = "food"', f"version = {version}", 'title = "检查"']
    lines += ["[[item]]", 'id = "video"', 'kind = "video"', 'title = "看课"', 'file = "video.mp4"']
    lines += [said, "[[item]]", 'id = "page"', 'kind = "page"', 'title = "要点"']
    lines += ['file = "page.md"', "seconds = 30"]
    (folder / "course.toml").write_text("\n".join(lines), "utf-8")
    return folder


def bring(hub: Hub, folder: Path) -> Course:
    """Publish the folder; the course as stations see it."""
    publish.publish(hub, read_folder(folder), "0", "test")
    return newest(hub)


def newest(hub: Hub) -> Course:
    with reading(hub.engine) as connection:
        published = courses.newest(connection, "food")
    assert published is not None
    raw = hub.blobs.read(published.manifest_sha, MAX_MANIFEST_BYTES)
    return open_manifest(raw, *hub.ring.publics)


def rows(hub: Hub) -> dict[str, ProgressRow]:
    with reading(hub.engine) as connection:
        return {
            learner: row
            for learner in ("done", "half", "late", "slow")
            for row in results.progress_of(connection, learner)
        }


def both(learner: str, start: int, end: int, at: int, content: str = "") -> list[Record]:
    """A stretch of the film and all of the page."""
    return [
        study(learner, start, end, at, f"food/video{content}"),
        study(learner, 0, 30, at, "food/page"),
    ]


LATE = NOW + 60 * DAY_S
RECORDS = [
    both("done", 0, 95, NOW),
    both("half", 0, 50, NOW),
    [study("half", 50, 100, NOW + 9 * DAY_S)],
    both("late", 0, 50, NOW),
    [study("late", 50, 100, LATE, "food/video~2")],
    both("slow", 0, 40, NOW),
    [study("slow", 40, 100, LATE), *both("slow", 0, 100, LATE + DAY_S, "~2")],
]


def two_versions(hub: Hub, folder: Path, clock: Clock) -> list[Course]:
    first = bring(hub, handed_in(folder, 1, OLD, "# 要点"))
    clock.at = NOW + 2 * DAY_S
    second = bring(hub, handed_in(folder, 2, NEW, "# 要点（更正）"))
    clock.at = LATE + 2 * DAY_S
    return [first, second]


def test_half_of_an_old_film_is_not_half_of_the_one_that_replaced_it(
    sqlite_hub: Hub, clock: Clock, tmp_path: Path
) -> None:
    hub = sqlite_hub
    versions = two_versions(hub, tmp_path / "food", clock)
    assert [[item.content for item in course.items] for course in versions] == [[1, 1], [2, 1]]
    # Two stations, the newest records first: what counts is when they were noted.
    stations = [join_station(hub, code) for code in ("s1", "s2")]
    for number, part in enumerate(reversed(RECORDS)):
        stations[number % 2].send(stations[number % 2].seal(*part))
    got = rows(hub)
    assert {who: row.completed_version for who, row in got.items()} == {
        "done": 1, "half": 1, "late": None, "slow": 2,
    }  # fmt: skip
    done_on = got["done"].completed_at, got["half"].completed_at, got["slow"].completed_at
    assert done_on == tuple(starts_at(day_of(at)) for at in (NOW, NOW + 9 * DAY_S, LATE + DAY_S))
    # How far people are goes by the new film; the time that was studied stays theirs.
    assert [(got[who].done, got[who].percent) for who in ("done", "late")] == [(1, 50), (1, 75)]
    assert [got[who].seconds for who in ("done", "late", "slow")] == [125, 130, 230]
    assert rebuild.rebuild(hub, "test").after == rebuild.digest(hub)
    assert rows(hub) == got
    # A node judges by the same function, of the manifests that it has.
    days = [day_of(NOW), day_of(NOW + 2 * DAY_S)]
    judged = in_force(zip([course.rule() for course in versions], days, strict=True))
    for who, row in got.items():
        facts = Facts()
        facts.add_all(7, 1, [each for part in RECORDS for each in part if each.learner == who])
        when = completed_on(facts, judged, {})
        assert (when and when.version) == row.completed_version
    with reading(hub.engine) as connection:
        named = evidence.things(hub, connection, ["food/video", "food/video~2", "food/none~2"])
        [shown] = evidence.of_learner(hub, connection, "late", set())
    assert {name: thing.item for name, thing in named.items()} == {
        "food/video": "看课", "food/video~2": "看课",
    }  # fmt: skip
    assert [(item.share, item.spans, item.earlier) for item in shown.items] == [
        (0.5, [(50, 100)], True), (1.0, [(0, 30)], False),
    ]  # fmt: skip


def test_a_film_that_is_only_encoded_anew_is_the_same_when_its_publisher_says_so(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    folder = tmp_path / "food"
    bring(sqlite_hub, handed_in(folder, 1, OLD, "一"))
    course = bring(sqlite_hub, handed_in(folder, 2, NEW, "二", 'content = "same"'))
    assert [item.content for item in course.items] == [1, 1]


def test_a_version_of_before_contents_were_numbered_is_the_same_when_it_comes_again(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    folder = tmp_path / "food"
    first = bring(sqlite_hub, handed_in(folder, 1, OLD, "一"))
    second = read_folder(handed_in(folder, 2, NEW, "一"))
    # As the releases before numbered it: not at all.
    publish.publish_pack(
        sqlite_hub, build_pack.build(second, sqlite_hub.blobs, sqlite_hub.key), "0", "test"
    )
    again = publish.publish(sqlite_hub, second, "0", "test")
    assert (again.again, first.version) == (True, 1)
    third = bring(sqlite_hub, handed_in(folder, 3, NEW, "三"))
    assert [item.content for item in third.items] == [1, 1]
    assert [item.content for item in bring(sqlite_hub, handed_in(folder, 4, OLD, "三")).items][
        0
    ] == 1


def test_a_version_that_came_while_another_was_built_is_not_overlooked(
    sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(sqlite_hub, handed_in(tmp_path / "food", 1, OLD, "一"))
    build = build_pack.build

    def slowly(*given: object) -> object:
        monkeypatch.setattr(publish, "build", build)
        bring(sqlite_hub, handed_in(tmp_path / "other", 2, NEW, "一"))
        return build(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(publish, "build", slowly)
    course = bring(sqlite_hub, handed_in(tmp_path / "food", 3, mp4(50), "一"))
    assert [item.content for item in course.items] == [3, 1]
