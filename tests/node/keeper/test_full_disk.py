"""A full disk: what every page says of it, and what it says again once there is room."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient

from node import runtime as node_runtime
from node.errors import DiskFull
from node.keeper import computer
from node.keeper.computer import ACT, OK, WAITS
from node.keeper.health import HealthReport, look
from node.runtime import NodeRuntime
from node.store import meta

PRACTICE = "/practice/food/drill"


@contextmanager
def full(runtime: NodeRuntime) -> Iterator[None]:
    """A disk without a free byte."""
    usage = shutil.disk_usage(runtime.config.data)
    none = type(usage)(usage.total, usage.total, 0)
    with pytest.MonkeyPatch.context() as patch:
        for module in (node_runtime, computer):
            patch.setattr(module.shutil, "disk_usage", lambda _path: none)
        yield


def kinds(report: HealthReport) -> dict[str, tuple[str, str]]:
    return {check.name: (check.kind, check.text) for check in report.conditions}


def test_disk_backup_and_line_say_the_same_of_a_full_disk(runtime: NodeRuntime) -> None:
    before = look(runtime)
    with full(runtime):
        report = look(runtime)
        checks = kinds(report)
        assert report.kind == ACT
        assert "腾出磁盘空间" in report.sentence
        for name, kind in (("磁盘", ACT), ("备份", WAITS), ("线路", WAITS)):
            assert checks[name][0] == kind
            assert "磁盘满了" in checks[name][1]
        assert "断开" not in checks["线路"][1]
    assert look(runtime) == before


def test_every_page_has_it_in_the_line_strip(learner: FlaskClient, keeper: FlaskClient) -> None:
    runtime: NodeRuntime = learner.application.extensions["xuezhan.runtime"]
    pages = ((learner, "/"), (learner, PRACTICE), (keeper, "/keeper/"), (keeper, "/keeper/sync"))
    for client, page in pages:
        assert "磁盘满了" not in client.get(page).text
    with full(runtime):
        for client, page in pages:
            text = client.get(page).text
            assert "磁盘满了，请告诉站点管理员" in text
            assert "<b>线路断开" not in text


def test_a_write_that_the_disk_refused_is_known_until_one_succeeds(runtime: NodeRuntime) -> None:
    def refused(_conn: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    assert not runtime.disk_is_full()
    with pytest.raises(DiskFull):
        runtime.store.write(refused)
    assert runtime.disk_is_full()
    assert kinds(look(runtime))["磁盘"][0] == ACT
    runtime.store.write(lambda conn: meta.put(conn, "a", "b"))
    assert not runtime.disk_is_full()


def test_a_disk_with_room_is_well(runtime: NodeRuntime) -> None:
    assert kinds(look(runtime))["磁盘"][0] in (OK, WAITS)
    assert runtime.line().code != "disk-full"
