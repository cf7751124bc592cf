"""A small library, installed as if it had been fetched."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from content.model.course import Course, FileRef, Volume
from content.model.terms import Licence
from content.model.volume import Document, write_volume
from content.packs.pack import seal_manifest
from node.runtime import NodeRuntime
from node.store import courses
from tests.node.conftest import HUB_KEY, START

PERMITS = """\
# 第一章 总则
第一条 为规范食品经营许可活动，加强监督管理。
第二条 在境内从事食品销售，应当依法取得食品经营许可。"""
BUYING = "食品经营者采购食品，应当查验供货者的许可证。查验记录保存期限不得少于六个月。"
METERS = "依照 GB7718 與監督管理條例，作業人員應當持證。"

FOOD = (
    Document("0" * 11 + "1", "食品经营许可管理办法", PERMITS, "总局令第17号", "2015-08-31"),
    Document("0" * 11 + "2", "进货查验记录制度", BUYING),
)
SCALES = (Document("0" * 11 + "1", "计量器具管理办法", METERS, source="计量司"),)
SHELVES = {"食品安全": FOOD, "计量管理": SCALES}


def shelve(
    runtime: NodeRuntime,
    shelves: Mapping[str, Sequence[Document]] | None = None,
    version: int = 1,
    licence: Licence | None = None,
) -> Course:
    """Install a library with these volumes; nothing is indexed yet."""
    volumes = []
    for number, (title, documents) in enumerate((shelves or SHELVES).items(), 1):
        raw = write_volume(title, list(documents))
        sha = runtime.blobs.add_bytes(raw)
        ref = FileRef(f"v{number}.volume", len(raw), sha)
        chars = sum(len(document.text) for document in documents)
        volumes.append(Volume(f"v{number}", title, ref, len(documents), chars))
    course = Course("laws", version, "法规库", volumes=tuple(volumes))
    course = replace(course, licence=licence or Licence())
    manifest = seal_manifest(course, HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(course.id, version, sha, len(manifest), course.title, START)

    def store(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)

    runtime.store.write(store)
    return course
