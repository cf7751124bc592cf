from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from content.model import errors
from node.config import Config
from node.exchange.node_keys import make_key
from node.runtime import NodeRuntime
from node.stick import mounts
from node.stick.mounts import mounted
from node.store import carried
from sync.parcel import read_address


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path / "node", "http://127.0.0.1:9", stick_folders=str(tmp_path / "media"))


@pytest.fixture
def usb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick that seems plugged in to this system."""
    stick = tmp_path / "media" / "zhang" / "红旗所"
    stick.mkdir(parents=True)
    ours = SimpleNamespace(path=SimpleNamespace(ismount=lambda path: Path(path) == stick))
    monkeypatch.setattr(mounts, "os", ours)
    return stick


def carry(keeper: FlaskClient, runtime: NodeRuntime, usb: Path) -> str:
    make_key(runtime.config.data)
    answer = keeper.post("/keeper/carry/", data={"stick": str(usb)})
    assert answer.status_code == 303, answer.text
    runtime.carrying.wait()
    return keeper.get(answer.headers["Location"]).text


def test_without_a_stick_the_page_asks_for_one(keeper: FlaskClient) -> None:
    page = keeper.get("/keeper/carry/").text
    assert "还没有找到 U 盘" in page
    assert 'aria-label="把 U 盘插到站点机的 USB 口上"' in page
    assert "开始摆渡</span>" not in page


def test_a_stick_that_is_in_can_be_chosen(keeper: FlaskClient, usb: Path) -> None:
    page = keeper.get("/keeper/carry/").text
    assert "红旗所" in page
    assert "开始摆渡</span>" in page
    assert keeper.get("/keeper/carry/progress").json == {
        "running": False, "phase": "", "done": 0, "total": 0, "sticks": [str(usb)]
    }  # fmt: skip


def test_one_button_carries_and_says_when_the_stick_may_be_pulled(
    keeper: FlaskClient, runtime: NodeRuntime, usb: Path
) -> None:
    page = carry(keeper, runtime, usb)
    assert "现在可以拔出 U 盘" in page
    assert "交给去县局或总局的人" in page
    assert 'aria-label="U 盘插在站点机的 USB 口上"' in page
    (parcel,) = (usb / "xuezhan" / "to-hub").iterdir()
    assert read_address(parcel.read_bytes()).sender == 7
    assert len(carried.newest(runtime.store.read())) == 1
    assert "以前用过" in keeper.get("/keeper/carry/").text


def test_a_folder_that_is_no_stick_cannot_be_chosen(
    keeper: FlaskClient, runtime: NodeRuntime, usb: Path, tmp_path: Path
) -> None:
    for chosen in (tmp_path, usb.parent, usb / ".." / "..", "/etc", ""):
        answer = keeper.post("/keeper/carry/", data={"stick": str(chosen)})
        assert answer.status_code == 409
        assert "没有找到这个 U 盘" in answer.text
    assert carried.newest(runtime.store.read()) == []
    assert list(usb.iterdir()) == []


def test_a_stick_that_cannot_be_written_is_said_in_words(
    keeper: FlaskClient, runtime: NodeRuntime, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_given: object, **_named: object) -> None:
        raise errors.StickLocked("xuezhan")

    monkeypatch.setattr("content.transfer.stick_folder.Folder.write", locked)
    page = carry(keeper, runtime, usb)
    assert "没有做完" in page
    assert "这个 U 盘不能写入" in page
    assert carried.newest(runtime.store.read())[0].outcome == "stick-locked"


def test_a_link_among_the_sticks_is_no_stick(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc")
    assert os.path.ismount("/proc")
    assert mounted(str(tmp_path)) == []
    assert mounted("/nowhere:") == []


@pytest.mark.parametrize("page", ["/keeper/carry/", "/keeper/carry/progress"])
def test_the_page_is_the_keepers_only(
    page: str, keeper: FlaskClient, learner: FlaskClient, usb: Path
) -> None:
    assert keeper.get(page).status_code == 200
    assert learner.get(page).headers["Location"].startswith("/keeper/sign-in")
    learner.post("/keeper/carry/", data={"stick": str(usb)})
    assert list(usb.iterdir()) == []


def test_a_relay_tells_what_waits_on_both_sides(config: Config, tmp_path: Path) -> None:
    from dataclasses import replace

    from node.web.app import create_app
    from tests.node.conftest import KEEPER, PASSWORD, populate

    runtime = NodeRuntime.open(replace(config, relay=True))
    populate(runtime)
    assert runtime.shelf is not None
    runtime.shelf.take(9, b"XZE1\x00\x09hint" + bytes(200))
    app = create_app(runtime)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/keeper/sign-in", data={"name": KEEPER, "password": PASSWORD})
    page = client.get("/keeper/sync").text
    assert "中转站" in page
    assert "等着送往总局" in page
    runtime.close()
