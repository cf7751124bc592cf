"""Modules, origin and licence: in a folder, in a manifest, and on the day they run out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from content.model.course import Course, Item
from content.model.errors import ContentFaults, MalformedManifest
from content.model.terms import Licence, Module
from content.packs import manifest
from content.source.folder import read_folder
from tests.content.conftest import COURSE

TOP = """\
lecturer_about = "省局培训处 · 高级讲师"
origin = "bought"
licence_holder = "某出版社"
licence_expires = "2027-06-30"
licence_stations = 20
"""
MODULES = """
[[module]]
id = "base"
title = "基础"

[[module]]
id = "now"
title = "新规"
kind = "flexible"
"""


def _with_modules(text: str, last: str = "now") -> str:
    """The course of ``conftest`` in two modules, its exam in the second."""
    parts = re.sub(r'^kind = "(\w+)"', r'kind = "\1"\nmodule = "base"', text, flags=re.MULTILINE)
    head, exam, tail = parts.partition('kind = "exam"\nmodule = "base"')
    return head + exam.replace('"base"', f'"{last}"') + tail


@pytest.fixture
def write(folder: Path) -> Callable[[str], Path]:
    def put(text: str) -> Path:
        (folder / "course.toml").write_text(text, "utf-8")
        return folder

    return put


def whole() -> str:
    head, item, rest = COURSE.partition("\n[[item]]")
    return head + TOP + MODULES + _with_modules(item + rest)


def test_a_folder_says_its_modules_and_its_licence(write: Callable[[str], Path]) -> None:
    course = read_folder(write(whole())).course
    assert course.modules == (Module("base", "基础"), Module("now", "新规", "flexible"))
    assert course.licence == Licence("某出版社", "2027-06-30", 20)
    assert (course.origin, course.lecturer_about) == ("bought", "省局培训处 · 高级讲师")
    [(first, base_items), (second, new_items)] = course.parts()
    assert (first, second) == course.modules
    assert [len(base_items), [item.id for item in new_items]] == [4, ["exam"]]
    assert manifest.from_values(manifest.to_values(course)).licence == course.licence


def test_a_course_without_modules_is_one_part(write: Callable[[str], Path]) -> None:
    course = read_folder(write(COURSE)).course
    assert course.parts() == ((None, course.items),)
    fields = set(manifest.to_values(course)["course"])
    assert not fields & {"modules", "origin", "licence", "lecturer_about"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('kind = "flexible"', 'kind = "odd"', "module-kind"),
        ('id = "now"', 'id = "base"', "module-id-twice"),
        ('module = "now"', 'module = "base"', "module-empty"),
        ('module = "now"', 'module = "gone"', "module-unknown"),
        ('module = "now"', "", "module-unknown"),
        ('origin = "bought"', 'origin = "found"', "origin-form"),
        ("2027-06-30", "2027-6-30", "day-form"),
    ],
)
def test_a_fault_of_modules_and_licence_is_named(
    write: Callable[[str], Path], old: str, new: str, code: str
) -> None:
    with pytest.raises(ContentFaults) as caught:
        read_folder(write(whole().replace(old, new)))
    assert code in [fault.code for fault in caught.value.faults]


def test_items_out_of_the_modules_order_are_named(write: Callable[[str], Path]) -> None:
    mixed = whole().replace('module = "base"', 'module = "now"', 1)
    with pytest.raises(ContentFaults) as caught:
        read_folder(write(mixed))
    assert {fault.code for fault in caught.value.faults} == {"module-order"}


@pytest.mark.parametrize(
    "break_it",
    [
        lambda c: c.update(modules=[]),
        lambda c: c.update(modules=[{"id": "m", "title": "模块", "kind": "base"}]),
        lambda c: c.update(modules=[{"id": "m", "title": "", "kind": "base"}]),
        lambda c: c.update(modules=[{"id": "m", "title": "x", "kind": "odd"}]),
        lambda c: c.update(modules=[{"id": "M!", "title": "x", "kind": "base"}]),
        lambda c: c.update(modules="m"),
        lambda c: c.update(modules=[7]),
        lambda c: c.update(origin=""),
        lambda c: c.update(origin=["self"]),
        lambda c: c.update(licence={"holder": "", "expires": "", "stations": 0}),
        lambda c: c.update(licence={"holder": "a", "expires": "soon", "stations": 0}),
        lambda c: c.update(licence={"holder": "a", "expires": "", "stations": True}),
        lambda c: c.update(licence={"holder": "a", "expires": "", "stations": -1}),
        lambda c: c.update(licence={"holder": "a\u0001", "expires": "", "stations": 1}),
        lambda c: c.update(licence=[]),
        lambda c: c.update(lecturer_about="字" * 121),
        lambda c: c["items"][0].update(module="gone"),
        lambda c: c["items"][0].update(module=""),
    ],
)
def test_values_that_break_a_rule_are_refused(
    write: Callable[[str], Path], break_it: Callable[[Any], None]
) -> None:
    values = manifest.to_values(read_folder(write(COURSE)).course)
    break_it(values["course"])
    with pytest.raises(MalformedManifest):
        manifest.from_values(values)


def test_modules_of_a_manifest_stand_in_their_order() -> None:
    course = Course(
        "c", 1, "课",
        items=tuple(Item(f"i{n}", "practice", "练", module=m) for n, m in enumerate("ab")),
        modules=(Module("b", "二"), Module("a", "一")),
    )  # fmt: skip
    values = manifest.to_values(course)
    for item in values["course"]["items"]:
        item["questions"] = [
            {"id": f"q{item['id']}", "type": "essay", "text": "论", "options": [], "answer": "*",
             "explain": "", "see_item": "", "see_second": 0}
        ]  # fmt: skip
    with pytest.raises(MalformedManifest, match="order"):
        manifest.from_values(values)
    values["course"]["modules"].reverse()
    assert manifest.from_values(values).modules == course.modules[::-1]


@pytest.mark.parametrize(
    ("expires", "today", "over"),
    [
        ("2027-06-30", "2027-06-30", False),
        ("2027-06-30", "2027-07-01", True),
        ("", "2999-01-01", False),
    ],
)
def test_a_licence_holds_through_its_last_day(expires: str, today: str, over: bool) -> None:
    assert Licence("x", expires).over(today) is over
