"""What a browser says of itself, in words for the list of log-ins."""

import pytest

from hub.web.browser_words import browser_words

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"{CHROME}Chrome/86.0.4240.198 Safari/537.36", "Chrome 86 · Windows"),
        (f"{CHROME}Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge 140 · Windows"),
        (f"{IPHONE}Version/18.0 Mobile/15E148 Safari/604.1", "Safari 18 · iOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox 140 · Linux"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/116.0 MicroMessenger/8.0.49", "微信 8 · Android"),
        ("curl/8.5.0", "认不出的浏览器"),
        ("", "认不出的浏览器"),
    ],
)  # fmt: skip
def test_a_browser_is_named_with_its_system(agent: str, words: str) -> None:
    assert browser_words(agent) == words


def test_nothing_of_what_a_stranger_writes_into_the_agent_is_shown() -> None:
    assert browser_words("<script>Windows NT</script> Firefox/1") == "Firefox 1 · Windows"
