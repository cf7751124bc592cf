"""A course with a question of every type, rich and plain, for tests and pictures of their pages."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from shutil import copytree

from content.model.course import Course
from content.source.build_pack import build
from content.source.folder import read_folder
from node.runtime import Machine
from node.store import courses
from tests.node.conftest import HUB_KEY, START

FOLDER = Path(__file__).parent / "types_course"
DRILL, EXAM = "/practice/types/drill", "/exam/types/final"


def folder_in(place: Path) -> Path:
    """The course folder in ``place``; its exam asks what its practice asks, but the essay."""
    folder = copytree(FOLDER, place / "types")
    every = (folder / "practice.toml").read_text("utf-8").split("[[question]]")
    asked = "[[question]]".join(one for one in every if "essay" not in one)
    (folder / "exam.toml").write_text(asked.replace('id = "', 'id = "x-'), "utf-8")
    return folder


def install(machine: Machine) -> Course:
    """Install the course as if it had been fetched; the exam's keys come along here."""
    pack = build(read_folder(folder_in(machine.config.data)), machine.blobs, HUB_KEY)
    manifest = machine.blobs.path(pack.manifest_sha).read_bytes()
    wanted = courses.Wanted("types", 1, pack.manifest_sha, len(manifest), "各种题型", START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    machine.store.write(store)
    return pack.course


def exam_key(machine: Machine) -> dict[str, str]:
    """The right answers of the exam, as only the hub has them."""
    folder = read_folder(machine.config.data / "types")
    return dict(build(folder, machine.blobs, HUB_KEY).exam_key)
