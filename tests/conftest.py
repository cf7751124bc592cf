"""Fixtures for all tests: the browsers. Hypothesis times nothing: machines differ and are busy."""

import pytest
from hypothesis import HealthCheck, settings

from content.face import words

pytest_plugins = ["tests.browser", "tests.chromium86"]

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """Each test begins in Chinese, whatever the one before it was asked for."""
    words.use(words.Catalogue({}), words.SOURCE_LANGUAGE)
