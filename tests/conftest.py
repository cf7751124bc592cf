"""Fixtures for all tests: the browsers. Hypothesis times nothing: machines differ and are busy."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.browser", "tests.chromium86"]

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
