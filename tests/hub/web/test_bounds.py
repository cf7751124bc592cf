"""Numbers in addresses that no row can have, at every route that takes one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from hub.context.open_hub import Hub
from hub.web.app import create_app
from hub.web.bounds import MAX_FIELDS, STRANGERS_FIELDS
from tests.hub.pages import InUse, in_use

TOO_LARGE = (2**31, 2**63, int("9" * 30), "9" * 5_000)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InUse]:
    with in_use(Path(tmp_path_factory.mktemp("hub"))) as hub:
        yield hub


def numbered(app: Flask) -> list[Rule]:
    """The routes with a number in their address."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if any(isinstance(part, IntegerConverter) for part in rule._converters.values())
    ]


def address(rule: Rule, name: str, number: object) -> str:
    """``rule`` with ``number`` for ``name`` and something that exists for the rest."""
    parts = {}
    for other, converter in rule._converters.items():
        is_int = isinstance(converter, IntegerConverter)
        usual: object = 1 if is_int else getattr(converter, "items", None) or "food"
        parts[other] = number if other == name else usual
    path = rule.rule
    for other, converter in rule._converters.items():
        for written in (f"<int:{other}>", f"<{other}>", f"<any(open, close):{other}>"):
            path = path.replace(written, str(parts[other]) if "any" not in written else "open")
        assert converter is not None
    return path


def ask(client: FlaskClient, rule: Rule) -> Iterator[tuple[str, int]]:
    """Each verb of ``rule`` with each number that is too large: the address and the status."""
    names = [n for n, c in rule._converters.items() if isinstance(c, IntegerConverter)]
    for verb in (rule.methods or set()) - {"OPTIONS"}:
        for name in names:
            for number in TOO_LARGE:
                path = address(rule, name, number)
                assert "<" not in path, path
                yield f"{verb} {path[:80]}", client.open(path, method=verb).status_code


def test_a_number_that_no_row_can_have_is_not_found_wherever_it_stands(used: InUse) -> None:
    rules = numbered(used.app)
    assert len(rules) > 15
    answers = {question: status for rule in rules for question, status in ask(used.client, rule)}
    assert {question: status for question, status in answers.items() if status != 404} == {}


def test_a_number_that_a_row_has_is_found(used: InUse) -> None:
    for path in (f"/units/{used.unit}", "/stations/1", "/banks/1", "/materials/1"):
        assert used.client.get(path).status_code == 200


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 5_000, "２" * 30])
def test_a_number_too_large_in_a_form_or_behind_a_question_mark_is_no_fault(
    used: InUse, digits: str
) -> None:
    for name in ("page", "material", "bank", "unit", "lecturer", "class", "edition"):
        for path in ("/learners", "/results", "/banks/1", "/materials", "/authoring/check"):
            assert used.client.get(path, query_string={name: digits}).status_code < 500
    form = {"material": digits, "do": f"drop-{digits}", "edition": digits}
    for path in ("/authoring/check/add/m1", "/banks/1/new"):
        assert used.client.post(path, data=form).status_code < 500


def test_all_verbs_are_walked(sqlite_hub: Hub) -> None:
    rules = numbered(create_app(sqlite_hub))
    assert {"GET", "POST"} <= set().union(*(rule.methods or set() for rule in rules))


def test_a_stranger_sends_few_fields_and_an_author_many(used: InUse) -> None:
    for client, most in ((used.app.test_client(), STRANGERS_FIELDS), (used.client, MAX_FIELDS)):
        for count, refused in ((most, False), (most + 1, True)):
            answer = client.post("/log-in", data={f"a{n}": "1" for n in range(count)})
            assert (answer.status_code == 413) is refused
