"""Fixtures for all tests: the browsers. Hypothesis times nothing: machines differ and are busy."""

from itertools import zip_longest

import pytest
from hypothesis import HealthCheck, settings

from content.face import words

pytest_plugins = ["tests.browser", "tests.chromium86"]

# The same examples in every run: what a change broke is seen by who changed it, not by the next.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
# Other examples each time, to look for what nobody thought of: --hypothesis-profile=searching.
settings.register_profile(
    "searching", settings.get_profile("patient"), derandomize=False, max_examples=300
)
settings.load_profile("patient")


# Here tests mostly wait: for processes, lines, clocks.
WAITING = {"together", "install", "faults", "sim"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: files that wait and files that keep browsers busy in turn.

    Begun last, such a file would keep one worker at work alone; beside its like, no worker.
    """
    files = list(dict.fromkeys(item.path for item in items))
    busy = {item.path for item in items if item.get_closest_marker("browser")}
    waiting = [path for path in files if WAITING & set(path.parts)]
    others = sorted(
        (path for path in files if path not in waiting), key=lambda one: one not in busy
    )
    turns = [one for pair in zip_longest(waiting, others) for one in pair if one]
    place = {path: turn for turn, path in enumerate(turns)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """Each test begins in Chinese, whatever the one before it was asked for."""
    words.use(words.Catalogue({}), words.SOURCE_LANGUAGE)
