"""A course with a question of every type, rich and plain, for tests and pictures of their pages."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from shutil import copytree

from content.model.course import Course
from content.source.build_pack import build
from content.source.folder import read_folder
from node.runtime import NodeRuntime
from node.store import courses
from tests.node.conftest import HUB_KEY, START

FOLDER = Path(__file__).parent / "types_course"
DRILL, EXAM = "/practice/types/drill", "/exam/types/final"


def folder_in(place: Path) -> Path:
    """The course folder in ``place``; its exam asks what its practice asks, without the essay."""
    folder = copytree(FOLDER, place / "types")
    every = (folder / "practice.toml").read_text("utf-8").split("[[question]]")
    asked = "[[question]]".join(question for question in every if "essay" not in question)
    (folder / "exam.toml").write_text(asked.replace('id = "', 'id = "x-'), "utf-8")
    return folder


def install(runtime: NodeRuntime) -> Course:
    """Install the course as if it had been fetched; here it includes the exam's keys."""
    pack = build(read_folder(folder_in(runtime.config.data)), runtime.blobs, HUB_KEY)
    manifest = runtime.blobs.path(pack.manifest_sha).read_bytes()
    wanted = courses.WantedCourse("types", 1, pack.manifest_sha, len(manifest), "各种题型", START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(store)
    return pack.course


def exam_key(runtime: NodeRuntime) -> dict[str, str]:
    """The right answers of the exam, as only the hub has them."""
    folder = read_folder(runtime.config.data / "types")
    return dict(build(folder, runtime.blobs, HUB_KEY).exam_key)
