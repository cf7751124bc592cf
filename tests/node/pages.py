"""Every page of the node with who reads it, for the tests that ask something of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from flask.testing import FlaskClient

from node.sign_in import keeper_accounts, slips
from node.store import journal, learners, outbox
from node.web.current import runtime
from sync.receipt import Receipt, seal_receipt
from tests.node.all_types import DRILL, install
from tests.node.conftest import HUB_KEY, NODE, START
from tests.node.scorm_site import COURSE, install_packages, three
from tests.node.shelving import FOOD, shelve

NUMBER, OTHER, PIN = "A1001", "A1002", "271828"
SECOND = "li"


@dataclass(frozen=True, slots=True)
class Stop:
    """A page: the name of its view, its address, who opens it, what was done before.

    ``ready``: an element that shows that the page is complete, where that is later than its load.
    """

    view: str
    address: str
    who: Literal["nobody", "learner", "keeper"] = "learner"
    before: Callable[[FlaskClient], object] | None = None
    ready: str = "main"

    def __str__(self) -> str:
        return f"{self.view}{'.after' if self.before else ''}"


def _begin(client: FlaskClient) -> None:
    assert client.post("/exam/food/final/start").status_code == 303


def _hand_in(client: FlaskClient) -> None:
    _begin(client)
    assert client.post("/exam/food/final/hand-in").status_code == 303


def _practise(client: FlaskClient) -> None:
    answer = client.post("/practice/food/drill", data={"q": "p1", "response": "B"})
    assert answer.status_code in (200, 303)


def _receipted(client: FlaskClient) -> None:
    """The hub has confirmed that it holds everything noted here."""
    with client.application.app_context():
        store = runtime().store
        seq = max(1, journal.head(store.read(), 1))
        held = Receipt(NODE, 1, seq, b"h" * 32, START * 1000, 1, b"r" * 32)
        raw = seal_receipt(held, HUB_KEY)
        store.write(lambda conn: outbox.take_receipt(conn, held, raw, START))


def _shelve(client: FlaskClient) -> None:
    with client.application.app_context():
        shelve(runtime())
        runtime().library.catch_up()


def _hand_in_and_receipt(client: FlaskClient) -> None:
    _hand_in(client)
    _receipted(client)


def _limited(client: FlaskClient) -> None:
    form = {
        "line_kbit_s": "48",
        "content_hours": "20:00-06:30",
        "record_hours": "12:00-13:00,20:00-06:30",
    }
    assert client.post("/keeper/line", data=form).status_code == 303


def _supplied(client: FlaskClient) -> None:
    form = {"peers": "127.0.0.1:9", "relay_url": "http://127.0.0.1:9", "content_mb": "900"}
    assert client.post("/keeper/supply", data=form).status_code == 303


def _types(client: FlaskClient) -> None:
    """The course with a question of every type, and a favourite in it."""
    with client.application.app_context():
        install(runtime())
    star = {"q": "rich", "star": "1"}
    assert client.post("/practice/types/drill/star", data=star).status_code == 303


def _packages(client: FlaskClient) -> None:
    """A course with a SCORM package of three parts; the test serves the second port."""
    with client.application.app_context():
        install_packages(runtime(), runtime().config.data, {"talk": three("1.2")})


def _second(client: FlaskClient) -> None:
    """Another keeper besides."""
    with client.application.app_context():
        keeper_accounts.add(runtime(), SECOND, "a test")


def _newcomers(client: FlaskClient) -> None:
    """Two who never signed in, one of them with a slip."""
    with client.application.app_context():
        store = runtime().store
        for number, name in (("C3", "王桂兰"), ("C4", "赵四")):
            store.write(partial(learners.put, number=number, name=name, post="", unit=""))
        slips.make(runtime(), [who for who in learners.all(store.read()) if not who.has_pin])
        store.write(lambda conn: learners.put(conn, "C5", "孙五", "", ""))


def _mock(client: FlaskClient) -> None:
    assert client.post("/mock/food").status_code == 303


def _mock_done(client: FlaskClient) -> None:
    _mock(client)
    assert client.post("/mock/food/hand-in").status_code == 303


PAGES = (
    Stop("auth.sign_in_page", "/sign-in", "nobody"),
    Stop("auth.slip_page", "/sign-in/slip", "nobody"),
    Stop("face.accessibility", "/accessibility", "nobody"),
    Stop("auth.keeper_sign_in_page", "/keeper/sign-in", "nobody"),
    Stop("account.show", "/account"),
    Stop("auth.ask_who", "/sign-in/still"),
    Stop("learner.home", "/"),
    Stop("learner.course", "/course/food"),
    Stop("player.item", "/course/food/film"),
    Stop("player.item", "/course/food/notes"),
    Stop(
        "player.item",
        f"/course/{COURSE}/talk",
        before=_packages,
        ready='[data-part="c"]:not([disabled])',
    ),
    Stop("practice.drill", "/practice/food/drill"),
    Stop("practice.drill", "/practice/food/drill", before=_practise),
    *(Stop("practice.drill", f"{DRILL}?q={q}", before=_types) for q in ("matching", "rich")),
    Stop("practice.home", "/practice/food"),
    Stop("practice.home", "/practice/food", before=_mock_done),
    Stop("practice.favourites", "/favourites"),
    Stop("practice.favourites", "/favourites", before=_types),
    Stop("mock.paper", "/mock/food/paper", before=_mock),
    Stop("mock.ask_hand_in", "/mock/food/hand-in", before=_mock),
    Stop("mock.done", "/mock/food/done/1", before=_mock_done),
    Stop("practice.mistakes", "/mistakes"),
    Stop("practice.mistakes", "/mistakes", before=_practise),
    Stop("library.home", "/library/"),
    Stop("library.home", "/library/?q=%E8%AE%B8%E5%8F%AF", before=_shelve),
    Stop("library.document", f"/library/laws/v1/{FOOD[0].id}?q=%E8%AE%B8%E5%8F%AF", before=_shelve),
    Stop("exam.start", "/exam/food/final"),
    Stop("exam.paper", "/exam/food/final/paper", before=_begin),
    Stop("exam.ask_hand_in", "/exam/food/final/hand-in", before=_begin),
    Stop("exam.done", "/exam/food/final/done/1", before=_hand_in),
    Stop("results.mine", "/results"),
    Stop("results.mine", "/results", before=_hand_in),
    Stop("results.slip", "/results/food/final/1/receipt", before=_hand_in_and_receipt),
    Stop("keeper.home", "/keeper/", "keeper"),
    Stop("roster.show", "/keeper/learners", "keeper"),
    Stop("roster.print_all", "/keeper/learners/print", "keeper"),
    Stop("roster.show", "/keeper/learners?show=new&sort=name", "keeper", before=_newcomers),
    Stop("roster.show_one", f"/keeper/learners/{NUMBER}", "keeper"),
    Stop("roster.ask_reset", f"/keeper/learners/{NUMBER}/pin", "keeper"),
    Stop("now.show", "/keeper/now", "keeper"),
    Stop("now.ask_name", "/keeper/now/pc/10.0.0.7", "keeper"),
    Stop("keeper.sync", "/keeper/sync", "keeper"),
    Stop("keeper.slip", "/keeper/sync/receipt", "keeper", before=_receipted),
    Stop("carry.show", "/keeper/carry/", "keeper"),
    Stop("line.show", "/keeper/line", "keeper"),
    Stop("line.show", "/keeper/line", "keeper", before=_limited),
    Stop("line.hub", "/keeper/line/hub", "keeper"),
    Stop("supply.show", "/keeper/supply", "keeper"),
    Stop("supply.show", "/keeper/supply?ask=1", "keeper", before=_supplied),
    Stop("keeper.password_page", "/keeper/password", "keeper"),
    Stop("slips.show", "/keeper/slips/", "keeper"),
    Stop("slips.show", "/keeper/slips/", "keeper", before=_newcomers),
    Stop("slips.ask_again", "/keeper/slips/again", "keeper"),
    Stop("keepers.show", "/keeper/keepers/", "keeper"),
    Stop("keepers.ask_close", f"/keeper/keepers/{SECOND}/close", "keeper", before=_second),
)
# Views for scripts, files or machines, and one that needs a first sign-in.
NO_PAGES = {
    "auth.pin_page",
    "carry.progress",
    "exam_api.state",
    "exam_api.token",
    "face.own_file",
    "face.shared_file",
    "keeper.sync_progress",
    "media.blob",
    "mock.state",
    "ping",
    "relay.blob",
    "relay.trust",
    "scorm.state",
    "vendored.file",
    "static",
}
