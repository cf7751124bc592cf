"""Browsers in words: "Firefox 140 · Windows" instead of what a browser says of itself."""

import re

from content.face.words import gettext as _

# The first that fits names it: most also say that they are Chrome and Safari.
_BROWSERS = (
    ("微信", re.compile(r"MicroMessenger/(\d+)")),
    ("QQ", re.compile(r"QQBrowser/(\d+)")),
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari")),
)
_SYSTEMS = (
    ("HarmonyOS", re.compile(r"HarmonyOS|OpenHarmony")),
    ("Android", re.compile(r"Android")),
    ("iOS", re.compile(r"iPhone|iPad")),
    ("Windows", re.compile(r"Windows NT")),
    ("macOS", re.compile(r"Mac OS X")),
    ("Linux", re.compile(r"Linux")),
)


def browser_words(agent: str) -> str:
    """Which browser, on which system; "" as agent, or one that nobody knows, is said so."""
    matches = ((name, rule.search(agent)) for name, rule in _BROWSERS)
    browser = next((f"{name} {hit[1]}" for name, hit in matches if hit), "")
    system = next((name for name, rule in _SYSTEMS if rule.search(agent)), "")
    return " · ".join(part for part in (browser, system) if part) or _("认不出的浏览器")
