"""A simulated learner, and a keeper who lets learners in: over HTTP, as browsers do.

The learner signs in, watches, reads, practises and sits the exam through the node's own pages and
scripts' addresses; nothing here reaches into the node. The right answers come from the course
folder: the node does not know those of exams.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field

import requests

from content.model.course import LETTERS, Course, Item, Question
from content.model.question_rules import blanks_in, right_response
from sync.facts.grading import BLANKS

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')
SLIP = re.compile(r'<dd>([^<]+)</dd>.*?<dd class="slip-word">([^<]+)</dd>')
ASKED = re.compile(r'data-question="([^"]+)"')
# Seconds between heartbeats, as the player sends them, and the fastest that it plays.
HEARTBEAT_S = 5.0
SPEED = 2.0


class NotAsExpected(Exception):
    """A page of the node did not do what a learner needs."""


class _Visitor:
    """What everybody's browser does: opens pages, sends forms, answers scripts."""

    address: str
    _browser: requests.Session
    _csrf: str

    def page(self, path: str) -> requests.Response:
        """Open a page.

        Raises:
            NotAsExpected: it did not answer 200.
        """
        response = self._browser.get(self.address + path, timeout=20)
        self._read_token(_well(response).text)
        return response

    def _form(self, path: str, **fields: object) -> requests.Response:
        fields["csrf_token"] = self._csrf
        response = _well(self._browser.post(self.address + path, data=fields, timeout=20))
        self._read_token(response.text)
        return response

    def _script(self, path: str, **body: object) -> dict[str, object]:
        response = self._browser.post(
            self.address + path, json=body, headers={"X-CSRFToken": self._csrf}, timeout=20
        )
        answer: dict[str, object] = _well(response).json()
        return answer

    def _read_token(self, page: str) -> None:
        token = TOKEN.search(page)
        if token:
            self._csrf = token[1]


@dataclass
class SimulatedKeeper(_Visitor):
    """The keeper of a station, who prints slips."""

    address: str
    name: str
    password: str
    _browser: requests.Session = field(default_factory=requests.Session)
    _csrf: str = ""

    def __post_init__(self) -> None:
        self._browser.trust_env = False

    def sign_in(self, own_password: str) -> None:
        """Sign in the first time, and replace the printed password."""
        self.page("/keeper/sign-in")
        self._form("/keeper/sign-in", name=self.name, password=self.password)
        self._form("/keeper/password", old=self.password, new=own_password, again=own_password)
        self.password = own_password

    def print_slips(self) -> dict[str, str]:
        """Print slips for who has none: the words, by number."""
        self.page("/keeper/slips/")
        return dict(SLIP.findall(self._form("/keeper/slips/").text))


@dataclass
class SimulatedLearner(_Visitor):
    """One person with a browser at a station."""

    address: str
    number: str
    name: str
    pin: str
    right_share: float
    word: str = ""  # of the slip, until the PIN is set
    chance: random.Random = field(default_factory=random.Random)
    _browser: requests.Session = field(default_factory=requests.Session)
    asked: list[str] = field(default_factory=list)  # the questions of the paper, in order
    _csrf: str = ""
    _attempt: int = 0

    def __post_init__(self) -> None:
        self.chance.seed(self.number)
        self._browser.trust_env = False

    def sign_in(self) -> None:
        """Sign in; with a slip, set the PIN."""
        if self.word:
            self.page("/sign-in/slip")
            self._form("/sign-in/slip", number=self.number, word=self.word)
            self._form("/pin", pin=self.pin, again=self.pin)
            self.word = ""
        else:
            self.page("/sign-in")
            self._form("/sign-in", number=self.number, pin=self.pin)
        self.page("/")

    def watch(self, course: Course, item: Item, seconds: float) -> None:
        """Watch a video or read a document for ``seconds`` of real time, from where it stopped."""
        self.page(f"/course/{course.id}/{item.id}")
        speed = SPEED if item.kind == "video" else 1.0
        at, began, tab = 0.0, time.monotonic(), f"{self.number}-{item.id}"
        while (left := seconds - (time.monotonic() - began)) > 0:
            time.sleep(min(HEARTBEAT_S, left))
            to = min(float(item.seconds or 10_000), (time.monotonic() - began) * speed)
            self._beat(course, item, tab, at, to, takes_over=at == 0.0)
            at = to
        self._beat(course, item, tab, at, at, stops=True)

    def practise(self, course: Course, item: Item, count: int) -> None:
        """Answer the first ``count`` questions of a practice, most of them rightly."""
        path = f"/practice/{course.id}/{item.id}"
        for question in item.questions[:count]:
            self.page(f"{path}?q={question.id}")
            self._form(path, q=question.id, **_fields(question, self._answer(question)))

    def sit(self, course: Course, item: Item) -> int:
        """Begin the exam, answer each question, hand in; how many answers were acknowledged."""
        self.begin(course, item)
        for place in range(len(self.asked)):
            self.answer(course, item, place)
        return self.hand_in(course, item)

    def begin(self, course: Course, item: Item) -> None:
        """Begin an attempt and read the paper."""
        path = f"/exam/{course.id}/{item.id}"
        self.page(path)
        paper = self._form(f"{path}/start").text
        self.asked = ASKED.findall(paper)
        self._attempt = int(_one(r'data-attempt="(\d+)"', paper))

    def answer(self, course: Course, item: Item, place: int) -> None:
        """Answer the question at ``place`` of the paper; it is on disk when this returns."""
        asked = self.asked[place]
        known = {question.id: question for question in item.questions}
        saved = self._script(
            "/api/exam/answer",
            exam=f"{course.id}/{item.id}", attempt=self._attempt, question=asked,
            counter=(place + 1) * 1_000, learner=self.number,
            response=self._answer(known[asked.rpartition("/")[2]]),
        )  # fmt: skip
        if saved["saved"] is not True:
            raise NotAsExpected(f"{self.number}: {asked} was not saved")

    def hand_in(self, course: Course, item: Item) -> int:
        """Hand in; how many answers the node says it holds."""
        exam = f"{course.id}/{item.id}"
        done = self._script("/api/exam/submit", exam=exam, attempt=self._attempt)
        if done["submitted"] is not True:
            raise NotAsExpected(f"{self.number}: the exam was not handed in")
        return int(str(done["answered"]))

    def sign_in_again(self) -> None:
        """Sign in from the exam's page, as it does when the session has expired."""
        self._csrf = str(
            self._browser.get(self.address + "/api/exam/token", timeout=20).json()["csrf"]
        )
        response = self._script("/api/exam/sign-in", learner=self.number, pin=self.pin)
        self._csrf = str(response["csrf"])

    def wait(self, seconds: float) -> None:
        """Do nothing for a while."""
        time.sleep(seconds)

    def _answer(self, question: Question) -> str:
        """What this learner answers: the right thing as often as they know it."""
        right = right_response(question.answer)
        if self.chance.random() < self.right_share:
            return right
        if question.type in ("matching", "ordering"):
            return right[1:] + right[0]
        if not question.options:
            return (
                "0"
                if question.type == "numeric"
                else BLANKS.join(["不知道"] * blanks_in(question.text))
            )
        return self.chance.choice([c for c in LETTERS[: len(question.options)] if c != right])

    def _beat(
        self, course: Course, item: Item, tab: str, begin: float, end: float,
        takes_over: bool = False, stops: bool = False,
    ) -> None:  # fmt: skip
        spans = [[begin, end]] if end > begin else []
        self._script(
            "/api/study",
            learner=self.number, item=course.named(item), tab=tab, spans=spans,
            takes_over=takes_over, stops=stops,
        )  # fmt: skip


def _well(response: requests.Response) -> requests.Response:
    if response.status_code != 200:
        raise NotAsExpected(
            f"{response.request.method} {response.url}: {response.status_code} {response.text:.300}"
        )
    return response


def _one(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise NotAsExpected(f"no {pattern} on the page")
    return match[1]


def _fields(question: Question, response: str) -> dict[str, str | list[str]]:
    """The fields of the practice form that say ``response``."""
    if question.type == "essay":
        return {"response": "", "judged": "1"}
    parts = {
        "fill": response.split(BLANKS),
        "numeric": [response],
        "ordering": [f"{letter}{place}" for place, letter in enumerate(response, 1)],
    }
    return {"response": parts.get(question.type, list(response))}
