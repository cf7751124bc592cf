"""The checks themselves: each must bite on a page that has its fault."""

import pytest
from playwright.sync_api import Page

from tests.faces.checks import grave_faults, sideways, tab_faults

pytestmark = pytest.mark.browser

GOOD = """<!doctype html><html lang="zh-CN"><head><title>好</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>好</h1><a href="#a">一</a> <a href="#b">二</a>
<label>日期 <input type="date"></label> <button>三</button></main></body></html>"""


def test_a_good_page_has_no_faults(desktop: Page) -> None:
    desktop.set_content(GOOD)
    assert (grave_faults(desktop), tab_faults(desktop), sideways(desktop)) == ([], [], 0)


def test_a_field_without_a_name_is_found(desktop: Page) -> None:
    desktop.set_content(GOOD.replace("<button>", "<input type=text><button>"))
    assert any(fault.startswith("label:") for fault in grave_faults(desktop))


def test_pale_text_is_found(desktop: Page) -> None:
    desktop.set_content(GOOD.replace("<h1>", '<p style="color: #bbb">看不清的字</p><h1>'))
    assert any(fault.startswith("color-contrast:") for fault in grave_faults(desktop))


def test_a_focus_that_does_not_show_is_found(desktop: Page) -> None:
    desktop.set_content(GOOD + "<style>a:focus { outline: none }</style>")
    assert any(fault.startswith("no mark:") for fault in tab_faults(desktop))


def test_an_order_that_jumps_is_found(desktop: Page) -> None:
    desktop.set_content(GOOD.replace("<button>", "<button tabindex=1>"))
    assert tab_faults(desktop) != []


def test_a_page_wider_than_the_window_is_found(desktop: Page) -> None:
    desktop.set_content(GOOD.replace("<h1>", '<div style="width: 1400px">宽</div><h1>'))
    assert sideways(desktop) == 1400 + 8 - 1366


GREEDY = """<iframe tabindex="-1" title="页" srcdoc="<input><script>
  setInterval(() => document.querySelector('input').focus(), 1)
</script>"></iframe>"""


def test_a_viewer_that_takes_the_focus_is_no_fault_of_the_order(desktop: Page) -> None:
    desktop.set_content(GOOD.replace("<button>", f"{GREEDY}<button>"))
    assert tab_faults(desktop) == []
