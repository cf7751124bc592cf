"""The modules of the node's pages: each is fetched once, under its own address."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from playwright.sync_api import Page

from content.face.static_files import YEAR
from node.runtime import NodeRuntime
from node.web.face import OWN
from node.web.study.scorm_site import create_play_app
from tests.browser import serving
from tests.chromium86 import Watched
from tests.faces.checks import carry_sign_in

IMPORTED = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']""")
EXAM_MODULES = {"api.js", "exam/exam.js", "exam/exam_answers.js", "exam/question.js"}


def _modules(client: FlaskClient, address: str) -> set[str]:
    """The addresses of a module and of all that it imports, each fetched and read."""
    wanted, seen = [address], set[str]()
    while wanted:
        address = wanted.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == YEAR, address
        if not address.startswith("/vendor/"):
            wanted += IMPORTED.findall(answer.text)
    return seen


def _names(addresses: set[str]) -> set[str]:
    return {re.sub(r"^/own/[0-9a-f]{10}/", "", address) for address in addresses}


def test_every_module_of_a_page_is_kept_for_a_year(browser: FlaskClient) -> None:
    exam = _modules(browser, OWN.url("exam/exam.js"))
    assert _names(exam) >= EXAM_MODULES
    for page in ("study/player.js", "study/reader.js", "scorm/courseware.js", "exam/practice.js"):
        more = _modules(browser, OWN.url(page))
        assert OWN.url("api.js") in more & exam, page


def test_every_module_of_the_stage_is_kept_for_a_year(runtime: NodeRuntime) -> None:
    stage = _modules(create_play_app(runtime).test_client(), OWN.url("scorm/stage.js"))
    assert _names(stage) >= {"scorm/stage12.js", "scorm/stage2004.js", "scorm/runtime.js"}
    assert sum(address.startswith("/vendor/") for address in stage) == 2


def _visit(app: Flask, learner: FlaskClient, page: Page) -> Counter[str]:
    """How often each module is fetched while two pages that share some are opened."""
    asked: Counter[str] = Counter()

    def note(_app: Flask, **_more: Any) -> None:
        if request.path.endswith(".js"):
            asked[request.path] += 1

    learner.post("/exam/food/final/start")
    with serving(app) as address, request_started.connected_to(note, app):
        carry_sign_in(learner, page.context, address, "xuezhan")
        for path in ("/exam/food/final/paper", "/practice/food/drill", "/exam/food/final/paper"):
            page.goto(address + path, wait_until="networkidle")
        page.goto("about:blank")
    return asked


@pytest.mark.browser
def test_a_browser_asks_once_for_a_module(app: Flask, learner: FlaskClient, desktop: Page) -> None:
    asked = _visit(app, learner, desktop)
    assert _names(set(asked)) >= EXAM_MODULES | {"exam/practice.js"}
    assert [path for path, times in asked.items() if times > 1] == []


@pytest.mark.browser
def test_chromium_86_asks_once_for_a_module(
    app: Flask, learner: FlaskClient, watched86: Watched
) -> None:
    asked = _visit(app, learner, watched86.page)
    assert watched86.faults == []
    assert _names(set(asked)) >= EXAM_MODULES | {"exam/practice.js"}
    assert [path for path, times in asked.items() if times > 1] == []
