"""Fixtures for all tests: browsers, wrong clocks. Hypothesis has no deadline: machines differ."""

import gc
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from jinja2.lexer import Lexer
from werkzeug.routing import Rule

from content.face import words
from tests import durations
from tests.hub import statements
from tests.quick import releases_cost_little, secrets_cost_little

pytest_plugins = ["tests.browser", "tests.chromium86", "tests.faking"]

# The same examples in every run, so the person who broke something sees it, not the next one.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
# New examples in each run, to search for unknown faults: --hypothesis-profile=searching.
settings.register_profile(
    "searching", settings.get_profile("patient"), derandomize=False, max_examples=300
)
settings.load_profile("patient")


class _CompiledTemplates(BytecodeCache):
    """Reuse templates compiled for an earlier application: a run makes hundreds of applications.

    The key is the name, the source and the program's template settings: the hub drops white space
    that the node keeps.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Lexer, str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.environment.lexer, bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.environment.lexer, bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _CompiledTemplates()}

_compile_address = Rule._compile_builder
_compiled_addresses: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _compiled_address(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Reuse a rule's URL builder, compiled for the first application that has the rule.

    The compiled function takes the rule as its first argument, so it serves all equal rules.
    """
    parts: list[tuple[bool, str]] = rule._trace
    defaults: dict[str, Any] = rule.defaults or {}  # type: ignore[assignment]
    kinds = {name: type(converter) for name, converter in rule._converters.items()}
    key = (rule.rule, append_unknown, repr(parts), repr(defaults), repr(kinds))
    if key not in _compiled_addresses:
        _compiled_addresses[key] = _compile_address(rule, append_unknown)
    return _compiled_addresses[key]


Rule._compile_builder = _compiled_address  # type: ignore[assignment, method-assign]

# The slowest files; they mostly wait. Started last, they would keep one worker busy alone.
SLOW = ("tests/together/", "tests/faults/", "tests/sim/")
LONG = (*SLOW, "tests/install/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, then those in browsers; ``make check`` leaves out the lengthy."""
    listed = durations.lengthy()
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        if durations.function_of(item.nodeid) in listed:
            item.add_marker(pytest.mark.lengthy)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.nodeid.startswith(LONG):
        return 0
    return 1 if item.get_closest_marker("browser") else 2


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """Each test begins in Chinese, whatever the one before it was asked for."""
    words.use(words.Catalogue({}), words.SOURCE_LANGUAGE)


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """Passwords, releases and SQL cost little to make, except in programs that a test starts."""
    with secrets_cost_little(), releases_cost_little(), statements.kept():
        yield


def pytest_collection_finish() -> None:
    """Keep what was collected out of the garbage collector's way, which a sixth of the time went
    into: it is a million objects that all stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
