from __future__ import annotations

import pytest
from flask.testing import FlaskClient

PAGES = (
    "/keeper/",
    "/keeper/learners",
    "/keeper/learners?show=behind",
    "/keeper/learners/print",
    "/keeper/learners/A1001/pin",
    "/keeper/now",
    "/keeper/sync",
    "/keeper/password",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_keepers_page_opens_for_the_keeper_only(
    page: str, keeper: FlaskClient, learner: FlaskClient
) -> None:
    assert keeper.get(page).status_code == 200
    assert learner.get(page).headers["Location"].startswith("/keeper/sign-in?next=/keeper")
