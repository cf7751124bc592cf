"""Where courses come from besides the hub, as the keeper sets it on a page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.config import Config
from node.keeper import source_settings
from node.keeper.source_settings import SourceReply, address
from node.runtime import NodeRuntime
from node.web.app import create_app
from tests.browser import serving
from tests.node.conftest import FakeTime

FORM = {
    "peers": "192.168.1.20\nhttp://pc-2.local:8500/；192.168.1.20",
    "relay_url": "10.8.0.4:9000",
    "share": "1",
    "content_mb": "900",
}


def test_what_a_keeper_types_is_kept_and_used_at_once(
    keeper: FlaskClient, runtime: NodeRuntime
) -> None:
    runtime.config.save()
    answer = keeper.post("/keeper/supply", data=FORM)
    assert (answer.status_code, "ask=1" in answer.headers["Location"]) == (303, True)
    again = Config.load(runtime.config.data)
    assert again.peer_urls == ("http://192.168.1.20:8480", "http://pc-2.local:8500")
    assert (again.relay_url, again.share, again.content_mb) == ("http://10.8.0.4:9000", True, 900)
    assert runtime.courier.config == runtime.config == again
    assert runtime.courier.storage.most_bytes == 900_000_000
    page = keeper.get("/keeper/supply").text
    assert "http://pc-2.local:8500" in page
    assert re.search(r'name="share" value="1" checked', page)


def test_an_emptied_form_leaves_the_hub_alone(keeper: FlaskClient, runtime: NodeRuntime) -> None:
    runtime.config.save()
    keeper.post("/keeper/supply", data=FORM)
    answer = keeper.post("/keeper/supply", data={"peers": "", "relay_url": "", "content_mb": ""})
    assert (answer.status_code, "ask" in answer.headers["Location"]) == (303, False)
    again = Config.load(runtime.config.data)
    assert (again.peers, again.relay_url, again.share, again.content_mb) == ("", "", False, 0)
    assert again.hub_url == runtime.config.hub_url


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("peers", "192.168.1.20 ftp://192.168.1.21", "“ftp://192.168.1.21”不是站点机的地址"),
        ("peers", " ".join(f"10.0.0.{n}" for n in range(9)), "最多填 8 个地址"),
        ("relay_url", "http://10.0.0.1/relay", "不是站点机的地址"),
        ("relay_url", "http://name:word@10.0.0.1", "不是站点机的地址"),
        ("relay_url", "<script>", "不是站点机的地址"),
        ("content_mb", "many", "请填一个整数，至少 100"),
        ("content_mb", "5", "请填一个整数，至少 100"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field_and_nothing_changes(
    keeper: FlaskClient, runtime: NodeRuntime, field: str, value: str, words: str
) -> None:
    before = runtime.config
    answer = keeper.post("/keeper/supply", data={**FORM, field: value})
    assert answer.status_code == 400
    assert re.findall(r'class="field field-wrong"><label for="f-(\w+)"', answer.text) == [field]
    assert words in answer.text
    assert runtime.config == before
    assert not (runtime.config.data / "node.toml").exists()


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("192.168.1.20", "http://192.168.1.20:8480"),
        ("192.168.1.20:9000", "http://192.168.1.20:9000"),
        ("HTTP://Pc-2/", "http://pc-2:8480"),
        ("https://relay.example", "https://relay.example"),
        ("http://[fe80::1]:8480", "http://[fe80::1]:8480"),
        ("http://", ""),
        ("http://10.0.0.1:99999", ""),
        ("file:///etc/passwd", ""),
        ("10.0.0.1/?x", ""),
        ("x" * 300, ""),
        ("http://[::1", ""),
    ],
)
def test_an_address_is_made_whole_or_refused(typed: str, whole: str) -> None:
    assert address(typed) == whole


def test_each_source_is_asked_whether_it_gives(
    tmp_path_factory: pytest.TempPathFactory, app: Flask, runtime: NodeRuntime, pc: FakeTime
) -> None:
    other = NodeRuntime.open(
        Config(data=tmp_path_factory.mktemp("other"), share=True), runtime.clock
    )
    try:
        with serving(app) as keeps, serving(create_app(other)) as gives:
            nobody = "http://127.0.0.1:9"
            config = replace(runtime.config, peers=f"{keeps} {gives}", relay_url=nobody)
            assert source_settings.ask(config) == {
                keeps: SourceReply.KEEPS,
                gives: SourceReply.GIVES,
                nobody: SourceReply.SILENT,
            }
    finally:
        other.close()


def test_the_page_says_how_each_answered(keeper: FlaskClient, runtime: NodeRuntime) -> None:
    runtime.config.save()
    keeper.post("/keeper/supply", data={"peers": "127.0.0.1:9", "content_mb": "0"})
    page = keeper.get("/keeper/supply?ask=1").text
    assert re.search(r"没有回答.*http://127\.0\.0\.1:9", page, re.DOTALL)
    assert "没有回答" not in keeper.get("/keeper/supply").text


def test_the_page_is_the_keepers_alone(learner: FlaskClient, runtime: NodeRuntime) -> None:
    before = runtime.config
    assert learner.get("/keeper/supply").headers["Location"].startswith("/keeper/sign-in")
    assert learner.post("/keeper/supply", data=FORM).status_code in (302, 303, 403)
    assert runtime.config == before
