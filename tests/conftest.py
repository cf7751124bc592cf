"""Fixtures for all tests: the browsers. Hypothesis times nothing: machines differ and are busy."""

from hypothesis import settings

pytest_plugins = ["tests.browser", "tests.chromium86"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
