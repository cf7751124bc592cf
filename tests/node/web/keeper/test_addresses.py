"""Which address learners are told."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from node.web.keeper import addresses
from node.web.keeper.addresses import told


@pytest.mark.parametrize(
    ("came_by", "cards", "routed", "first"),
    [
        ("http://10.2.0.5:8480", ["192.168.1.9"], "192.168.1.9", "http://10.2.0.5:8480"),
        ("", ["127.0.0.1", "192.168.1.9", "10.2.0.5"], "10.2.0.5", "http://10.2.0.5:8480"),
        # An office network without a gateway: nothing leads on, the card is there all the same.
        ("", ["169.254.8.8", "192.168.1.9"], "", "http://192.168.1.9:8480"),
        ("", ["169.254.8.8"], "", "http://169.254.8.8:8480"),
        ("", ["fd00::5"], "", "http://[fd00::5]:8480"),
    ],
)
def test_the_address_told_first_is_the_one_most_likely_to_work(
    came_by: str, cards: list[str], routed: str, first: str
) -> None:
    assert told(came_by, cards, routed, 8480)[0] == first


def test_every_card_is_told_once_and_the_loopback_never() -> None:
    came_by = "http://10.2.0.5:8480"
    cards = ["127.0.0.1", "10.2.0.5", "192.168.1.9", "192.168.1.9"]
    assert told(came_by, cards, "", 8480) == (came_by, "http://192.168.1.9:8480")
    assert told("", ["127.0.0.1"], "", 8480) == ()


@pytest.mark.parametrize(
    ("address", "host", "told_first"),
    [
        ("192.168.1.30", "xuezhan.office:8480", "http://xuezhan.office:8480"),
        # By this PC's own name from this PC itself: it may lead nowhere from another.
        ("127.0.0.1", "vm:8480", "http://192.168.1.9:8480"),
        ("127.0.0.1", "127.0.0.1:8480", "http://192.168.1.9:8480"),
    ],
)
def test_the_address_by_which_the_keeper_came_is_told_if_it_leads_here_from_elsewhere(
    app: Flask, monkeypatch: pytest.MonkeyPatch, address: str, host: str, told_first: str
) -> None:
    monkeypatch.setattr(addresses, "_cards", lambda: ["192.168.1.9", "10.2.0.5"])
    monkeypatch.setattr(addresses, "_routed", str)
    came = {"REMOTE_ADDR": address}
    with app.test_request_context("/keeper/", base_url=f"http://{host}", environ_base=came):
        assert addresses.address_here() == told_first
        others = addresses.addresses_here()
    assert "http://10.2.0.5:8480" in others


def test_the_list_for_the_wall_and_the_keepers_pages_say_it(
    keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_cards", lambda: ["192.168.1.9", "10.2.0.5"])
    for page in ("/keeper/learners/print", "/keeper/", "/keeper/line"):
        assert "192.168.1.9:8480" in keeper.get(page).text


def test_a_pc_on_no_network_is_told_so(
    keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_cards", list)
    assert "没有连着办公室的网" in keeper.get("/keeper/").text


def test_the_cards_of_this_pc_can_be_asked() -> None:
    assert all(card.count(".") == 3 for card in addresses._cards())
