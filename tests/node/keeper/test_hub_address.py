"""Another address of the hub: kept only when this station's own hub answers there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from content.transfer.blobs import BlobStore
from node.config import Config
from node.errors import HubNotFound, UnfitSetting
from node.exchange.node_keys import make_key
from node.keeper import hub_address
from node.runtime import NodeRuntime
from node.store import tries
from node.store.tries import Try
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.node.conftest import HUB_KEY, START
from tests.node.small_hub import SmallHub, serving

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def hub(runtime: NodeRuntime, tmp_path: Path) -> Iterator[SmallHub]:
    """The station's hub, at another address than the station calls."""
    runtime.config.save()
    key = make_key(runtime.config.data)
    with serving(SmallHub(HUB_KEY, key, BlobStore(tmp_path / "hub"))) as hub:
        yield hub


def calls(runtime: NodeRuntime) -> set[str]:
    """The addresses in force, in the file and in use."""
    kept = Config.load(runtime.config.data).hub_url
    return {runtime.config.hub_url, runtime.courier.config.hub_url, kept}


def test_the_hub_is_called_at_its_new_address_once_it_answered_there(
    runtime: NodeRuntime, hub: SmallHub, keeper: FlaskClient
) -> None:
    assert NOBODY in keeper.get("/keeper/line").text
    answer = keeper.post("/keeper/line/hub", data={"hub_url": f" {hub.url}/ "})
    assert (answer.status_code, answer.location) == (303, "/keeper/line")
    assert calls(runtime) == {hub.url}
    runtime.courier.sync()
    assert len(hub.requests) == 2


def test_another_hub_at_the_address_changes_nothing(
    runtime: NodeRuntime, hub: SmallHub, tmp_path: Path
) -> None:
    node_key = make_key(runtime.config.data)
    other = SmallHub(SigningKey.generate(), node_key, BlobStore(tmp_path / "other"))
    can_read = SmallHub(SigningKey.generate(), node_key, BlobStore(tmp_path / "can-read"))
    can_read.box = BoxKey.of(HUB_KEY)  # and still cannot sign as the hub
    for stranger in (other, can_read):
        with serving(stranger), pytest.raises(HubNotFound) as refused:
            hub_address.change(runtime, stranger.url)
        assert "不是本站加入的那个枢纽" in refused.value.words
        assert "没有变" in refused.value.words
        assert stranger.requests
        assert calls(runtime) == {NOBODY}


def test_a_log_in_page_or_nobody_at_the_address_changes_nothing(
    runtime: NodeRuntime, hub: SmallHub, keeper: FlaskClient
) -> None:
    hub.portals = 1
    answer = keeper.post("/keeper/line/hub", data={"hub_url": hub.url})
    assert (answer.status_code, "先登录网络" in answer.text) == (409, True)
    answer = keeper.post("/keeper/line/hub", data={"hub_url": "127.0.0.1:9"})
    assert (answer.status_code, "没有从那里得到枢纽的回答" in answer.text) == (409, True)
    assert calls(runtime) == {NOBODY}


def test_a_hub_that_refuses_this_station_is_the_hub_all_the_same(
    runtime: NodeRuntime, hub: SmallHub
) -> None:
    hub.refusal = "frozen"
    hub_address.change(runtime, hub.url)
    assert calls(runtime) == {hub.url}


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("10.1.2.3:8700", "http://10.1.2.3:8700"),
        (" https://hub.example/ ", "https://hub.example"),
        ("http://[fd00::5]:8700", "http://[fd00::5]:8700"),
        ("ftp://hub", ""),
        ("http://hub:99999", ""),
        ("http://a:b@hub", ""),
        ("枢纽", ""),
        ("http://hub/?x", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_an_address_is_none(typed: str, url: str) -> None:
    assert hub_address.whole(typed) == url


def test_no_address_asks_nobody(runtime: NodeRuntime, hub: SmallHub) -> None:
    with pytest.raises(UnfitSetting):
        hub_address.change(runtime, "那边")
    assert hub.requests == []


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("", "同步成功"),
        ("line-down", "没有回答"),
        ("not-the-hub", "不是枢纽"),
        ("disk-full", "“同步”那一页"),
    ],
)
def test_the_page_says_what_answered_at_the_address_in_force(
    runtime: NodeRuntime, outcome: str, words: str
) -> None:
    assert hub_address.last_answer(runtime) == ""
    runtime.store.write(
        lambda conn: tries.add(conn, replace(Try(START, 9, "", 0, 1, 1), outcome=outcome))
    )
    assert words in hub_address.last_answer(runtime)
