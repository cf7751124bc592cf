"""The administrator's first log-in by the forms of a hub that answers on a port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.config import Config
from hub.context import open_hub
from hub.people import log_in
from hub.people.errors import WrongPassword
from hub.people.log_in import LogInTry
from hub.web.app import create_app
from install.first_log_in import NotLoggedIn, choose_password
from tests.browser import serving


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[tuple[open_hub.Hub, str, str]]:
    """A hub that was just made, where it answers, and the password that ``init`` printed."""
    first = open_hub.create(Config(data=tmp_path / "hub"))
    hub = open_hub.open_hub(tmp_path / "hub")
    with serving(create_app(hub)) as address:
        yield hub, address, first
    hub.close()


def _opens(hub: open_hub.Hub, password: str) -> bool:
    user = log_in.log_in(hub, LogInTry("admin", password, "10.0.0.9"))
    return not user.must_change


def test_the_first_password_is_changed_for_one_that_stays(
    new_hub: tuple[open_hub.Hub, str, str],
) -> None:
    hub, address, first = new_hub
    chosen = choose_password(address, first)
    assert chosen != first
    assert _opens(hub, chosen)
    with pytest.raises(WrongPassword):
        _opens(hub, first)


def test_a_wrong_first_password_changes_nothing_and_is_said(
    new_hub: tuple[open_hub.Hub, str, str],
) -> None:
    hub, address, first = new_hub
    with pytest.raises(NotLoggedIn, match="403"):
        choose_password(address, f"{first}x")
    assert not _opens(hub, first)


def test_a_password_is_not_chosen_twice(new_hub: tuple[open_hub.Hub, str, str]) -> None:
    _hub, address, first = new_hub
    chosen = choose_password(address, first)
    with pytest.raises(NotLoggedIn, match="not the page for a password"):
        choose_password(address, chosen)
