"""Fixtures for all tests: the browsers. Hypothesis times nothing: machines differ and are busy."""

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


# Files that take longest, mostly by waiting: begun last, they would keep one worker busy alone.
LONG = ("tests/together/", "tests/install/", "tests/faults/", "tests/sim/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """Each test begins in Chinese, whatever the one before it was asked for."""
    words.use(words.Catalogue({}), words.SOURCE_LANGUAGE)
