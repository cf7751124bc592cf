"""content.packs.item_contents: what another file under an item's id is, and under which number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.model.course import Course, ExamSettings, FileRef, Item, ItemKind, Question
from content.model.errors import MalformedManifest
from content.packs import manifest
from content.packs.item_contents import ItemContent, Said, contents_of, judged, numbered
from sync.records import item_of

QUESTION = Question("q", "single", "？", ("甲", "乙"), "A")


def shown(file: str, kind: ItemKind = "video", title: str = "看课") -> Course:
    ref = FileRef(f"film{file}", 1, file * 64)
    return Course("c", 1, "课", items=(Item("i", kind, title, seconds=60, file=ref),))


def published(*steps: tuple[Course, Said]) -> list[Course]:
    """Versions with these contents, one after the other, as they are numbered."""
    versions: list[Course] = []
    before: list[tuple[ItemContent, ...]] = []
    for number, (course, said) in enumerate(steps, 1):
        versions.append(replace(numbered(course, before, {"i": said}), version=number))
        before.insert(0, contents_of(versions[-1]))
    return versions


def numbers(*steps: tuple[Course, Said]) -> list[int]:
    return [item.content for course in published(*steps) for item in course.items]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(shown("a"), ""), (shown("a", title="改名"), "")], [1, 1]),
        ([(shown("a"), ""), (shown("b"), "")], [1, 2]),
        ([(shown("a"), ""), (shown("b"), "same")], [1, 1]),
        ([(shown("a", "pdf"), ""), (shown("b", "pdf"), "")], [1, 2]),
        ([(shown("a", "page"), ""), (shown("b", "page"), "")], [1, 1]),
        ([(shown("a", "page"), ""), (shown("b", "page"), "other")], [1, 2]),
        ([(shown("a"), ""), (shown("b"), ""), (shown("a"), ""), (shown("c"), "")], [1, 2, 1, 3]),
        (
            [(shown("a"), ""), (shown("b"), "same"), (shown("c"), ""), (shown("b"), "")],
            [1, 1, 2, 1],
        ),
        ([(shown("a"), ""), (Course("c", 1, "课"), ""), (shown("b"), "")], [1, 2]),
        ([(shown("a"), ""), (shown("a", "pdf"), "same"), (shown("b"), "same")], [1, 2, 3]),
    ],
    ids=[
        "the same file", "another film", "a film encoded anew", "another document",
        "a corrected page", "another page", "a film that comes back", "corrected, replaced, back",
        "taken out and put in again", "another kind",
    ],
)  # fmt: skip
def test_a_number_stands_for_one_content(
    steps: list[tuple[Course, Said]], expected: list[int]
) -> None:
    assert numbers(*steps) == expected


def test_a_package_is_another_when_a_file_in_it_is() -> None:
    def packed(*files: FileRef) -> Course:
        return Course("c", 1, "课", items=(Item("i", "scorm", "课件", seconds=60, assets=files),))

    one, two = FileRef("i/a.html", 1, "a" * 64), FileRef("i/b.html", 1, "b" * 64)
    assert numbers((packed(one, two), ""), (packed(two, one), ""), (packed(one), "")) == [1, 1, 2]


def test_a_film_in_another_size_is_the_same_film() -> None:
    small = FileRef("small.mp4", 1, "d" * 64)
    [film] = shown("a").items
    both = replace(shown("a"), items=(replace(film, lighter=small),))
    swapped = replace(shown("a"), items=(replace(film, file=small),))
    assert numbers((shown("a"), ""), (both, ""), (swapped, ""), (shown("b"), "")) == [1, 1, 1, 2]


def test_the_publisher_is_asked_only_where_files_are_new() -> None:
    versions = published((shown("a"), ""), (shown("b"), ""))
    before = [contents_of(course) for course in reversed(versions)]
    for course, said in ((shown("a"), ""), (shown("c"), "other"), (shown("c", "page"), "")):
        [item] = numbered(course, before, {}).items
        assert judged(item, before) == said
    [item] = numbered(shown("c"), before, {"i": "same"}).items
    assert (judged(item, before), item.content) == ("same", 2)
    assert judged(item, ()) == ""


def test_a_manifest_says_a_content_from_the_second_on() -> None:
    first, second = published((shown("a"), ""), (shown("b"), ""))
    assert [course.rule().items[0].item for course in (first, second)] == ["c/i", "c/i~2"]
    assert item_of("c/i~2") == item_of("c/i") == "c/i"
    assert "content" not in manifest.to_values(first)["course"]["items"][0]
    assert manifest.from_values(manifest.to_values(second)) == second


@pytest.mark.parametrize("content", [0, 1, -2, "2", 2.0, True, 10**7])
def test_a_manifest_with_a_content_that_is_no_second_one_is_refused(content: object) -> None:
    values = manifest.to_values(shown("a"))
    values["course"]["items"][0]["content"] = content
    with pytest.raises(MalformedManifest):
        manifest.from_values(values)


def test_exams_and_practices_have_no_content_of_their_own() -> None:
    item = Item("i", "exam", "考试", questions=(QUESTION,), exam=ExamSettings(1, 9, 60, 1))
    assert numbers((Course("c", 1, "课", items=(item,)), "other")) == [1]
    values = manifest.to_values(Course("c", 1, "课", items=(item,)))
    values["course"]["items"][0]["content"] = 2
    with pytest.raises(MalformedManifest):
        manifest.from_values(values)
