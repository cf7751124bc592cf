"""What is asked of every page in a browser: axe finds nothing serious, Tab goes through it in
order with a visible mark, and nothing sticks out sideways."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page

GRAVE = ("serious", "critical")
# What is in order need not be told, and these rules find nothing worse than moderate.
_MODERATE = ("heading-order", "landmark-unique", "page-has-heading-one", "region")
_ONLY_FAULTS = {
    "resultTypes": ["violations"],
    "rules": {rule: {"enabled": False} for rule in _MODERATE},
}
_AXE = Axe()
# More stops than any page has; a page that needs more has trapped the focus.
MOST_STOPS = 150

# How many stops are looked at together: asking the page after each costs as much as the stop.
STRIDE = 10

# Notes each element that is given the focus from here on, and null when it leaves the page.
_WATCH = """() => {
  const stops = window.stopsOfTab = []
  document.addEventListener('focusin', () => {
    const all = [...document.querySelectorAll('*')], here = document.activeElement
    if (!here || here === document.body) return
    const box = here.getBoundingClientRect()
    const shown = [here, here.nextElementSibling].some(one => one &&
      getComputedStyle(one).outlineStyle !== 'none' && getComputedStyle(one).outlineWidth !== '0px')
    stops.push({at: all.indexOf(here), name: here.outerHTML.slice(0, 90), width: box.width, shown,
                parts: ['date', 'time'].includes(here.type) || here.controls === true})
  })
  document.addEventListener('focusout', left => { if (!left.relatedTarget) stops.push(null) })
}"""
_STOPS = """() => ({
  stops: window.stopsOfTab.splice(0),
  outside: !document.activeElement || document.activeElement === document.body
})"""


# A viewer in such a frame, such as that of PDFs, takes the focus some time after it has loaded,
# and with it the key presses that are counted here.
_EMPTY_FRAMES = """() => {
  for (const frame of document.querySelectorAll('iframe[tabindex="-1"]')) {
    const empty = frame.cloneNode()
    for (const source of ['src', 'srcdoc']) empty.removeAttribute(source)
    frame.replaceWith(empty)
  }
  document.activeElement.blur()
  window.scrollTo(0, 0)
}"""


def carry_sign_in(client: FlaskClient, context: BrowserContext, address: str, cookie: str) -> None:
    """Give the browser the sign-in of a test client."""
    kept = client.get_cookie(cookie)
    assert kept is not None, f"{cookie} was not set"
    context.add_cookies([{"name": cookie, "value": kept.value, "url": address}])


def with_axe(context: BrowserContext) -> BrowserContext:
    """Every page of ``context`` has axe from its start: a browser compiles it only once then."""
    context.add_init_script(_AXE.axe_script)
    return context


def grave_faults(page: Page) -> list[str]:
    """What axe calls serious or critical, each with the first element that has it."""
    page.wait_for_load_state()  # with its style sheets, whatever led here
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    run = "options => axe.run(document, options).then(answer => answer.violations)"
    violations: list[dict[str, Any]] = page.evaluate(run, _ONLY_FAULTS)
    return [
        f"{violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:160]}"
        for violation in violations
        if violation["impact"] in GRAVE
    ]


def tab_faults(page: Page) -> list[str]:
    """Where the Tab key goes back, lands on nothing visible, or shows no mark.

    Frames that it must not reach are emptied first.
    """
    page.wait_for_load_state()
    page.evaluate(_EMPTY_FRAMES)
    page.evaluate(_WATCH)
    faults: list[str] = []
    seen: list[int] = []
    for _ in range(MOST_STOPS // STRIDE):
        for _ in range(STRIDE):
            page.keyboard.press("Tab")
        walked: dict[str, Any] = page.evaluate(_STOPS)
        for here in walked["stops"]:
            if here is None:
                return faults  # the browser's own bars would come now
            if seen and here["at"] == seen[-1] and here["parts"]:
                continue  # a date or time field has stops of its own, a video its buttons
            if here["at"] in seen:
                return faults  # back at the start
            faults += _faults_of(here, seen)
            seen.append(int(here["at"]))
        if walked["outside"]:
            return faults
    return [*faults, "the keyboard is held in a trap"]


def _faults_of(here: dict[str, Any], seen: list[int]) -> list[str]:
    named = {
        "back": bool(seen) and here["at"] < seen[-1],
        "nothing to see": not here["width"],
        "no mark": not here["shown"],
    }
    return [f"{what}: {here['name']}" for what, is_so in named.items() if is_so]


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
