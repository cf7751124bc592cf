"""Fixtures for all tests: the browser."""

pytest_plugins = ["tests.browser"]
