"""Fixtures for all tests: the browsers."""

pytest_plugins = ["tests.browser", "tests.chromium86"]
