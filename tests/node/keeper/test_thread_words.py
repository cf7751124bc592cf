"""What the keeper's page says of threads that are not well."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from node.keeper import health
from node.keeper.computer import ACT, WAITS
from node.runtime import NodeRuntime
from node.threads import ThreadFault, ThreadState

WELL = ThreadState("writer")


@pytest.mark.parametrize(
    ("state", "kind", "text", "note"),
    [
        (ThreadState("alive", ThreadFault.ENDED), ACT, "后台工作停了", "不会自动交卷"),
        (ThreadState("alive", ThreadFault.STUCK), ACT, "后台工作停了", "不会自动交卷"),
        (
            ThreadState("alive", ThreadFault.FAILING, ("mark_alive",)),
            ACT,
            "有的后台工作一直做不成",
            "mark_alive",
        ),
        (ThreadState("writer", ThreadFault.STUCK), ACT, "新的内容存不上", "页面上会说没有保存"),
        (ThreadState("scheduler", ThreadFault.ENDED), ACT, "不再自动同步", "记录都在本机"),
        (
            ThreadState("library", ThreadFault.FAILING),
            WAITS,
            "资料库很久没有更新成",
            "会自己再试",
        ),
    ],
)
def test_a_thread_that_is_not_well_is_on_the_keepers_page_with_what_to_do(
    runtime: NodeRuntime,
    keeper: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    state: ThreadState,
    kind: str,
    text: str,
    note: str,
) -> None:
    monkeypatch.setattr(runtime, "threads", lambda: [WELL, state])
    report = health.look(runtime)
    (check,) = [check for check in report.conditions if check.text == text]
    assert check.kind == kind
    page = keeper.get("/keeper/").text
    assert note in page
    if kind == ACT:
        assert report.sentence == "请做一件事：把这台电脑重新启动一次"
        assert report.sentence in page


def test_threads_that_are_well_are_not_spoken_of(runtime: NodeRuntime, keeper: FlaskClient) -> None:
    before = len(health.look(runtime).conditions)
    runtime.start()
    assert {state.fault for state in runtime.threads()} == {None}
    assert len(health.look(runtime).conditions) == before
    assert "重新启动" not in keeper.get("/keeper/").text
