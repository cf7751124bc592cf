"""content.text.pages: what an author writes stays, what acts or loads goes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.checks.markup import is_harmless, visible_text
from content.text.pages import reading_seconds, render_markdown, sanitise


def none(_source: str) -> None:
    return None


HOSTILE = [
    "<script>fetch('/keeper')</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>看</a>",
    "<a href=' java\nscript:alert(1)'>看</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>看</a>",
    "<a href='/sign-out'>看</a>",
    "<iframe src='https://evil.example'></iframe>",
    "<object data='x.swf'></object><embed src='x.swf'>",
    "<form action='/api/exam/submit' method=post><input name=a><button>点</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>body{display:none}</style>",
    "<p style='position:fixed' class='state' id='main' onclick='x()'>字</p>",
    "<img src='https://evil.example/track.png'>",
    "<img srcset='https://evil.example/a.png 1x' src=''>",
    "<video src='https://evil.example/a.mp4' autoplay></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<p>字<!-- --><!--><script>alert(1)</script>--></p>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_in_a_page_can_act_or_load(source: str) -> None:
    for page in (sanitise(source, none), render_markdown(source, none)):
        tags = " ".join(re.findall(r"<[^>]*>", page)).lower()
        assert not re.search(
            r"script|onerror|onload|onclick|style|class=|id=|javascript|data:|"
            r"iframe|object|embed|form|input|button|meta|base|link|video|evil|sign-out",
            tags,
        )


@given(st.text(max_size=200))
def test_no_text_leaves_a_script_or_a_handler(text: str) -> None:
    page = sanitise("<" + text + "<script>" + text, none)
    tags = " ".join(re.findall(r"<[a-z][^>]*>", page))
    assert "<script" not in page
    assert not re.search(r"\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', tags))


def test_markdown_keeps_what_a_reading_needs() -> None:
    page = render_markdown("# 题\n\n## 节\n\n- 一\n- **二**\n\n|甲|乙|\n|-|-|\n|1|2|\n\n> 引", none)
    assert "<h2>题</h2>" in page
    assert "<h3>节</h3>" in page
    for part in ("<li>一</li>", "<strong>二</strong>", "<td>1</td>", "<blockquote>"):
        assert part in page


def test_pictures_are_named_by_whoever_holds_them() -> None:
    asked: list[str] = []

    def address(source: str) -> str | None:
        asked.append(source)
        return "/media/abc" if source.endswith("ok.png") else None

    page = render_markdown("![好](图/ok.png) ![坏](no.png)", address)
    assert asked == ["%E5%9B%BE/ok.png", "no.png"]
    assert page.count("src=") == 1
    assert 'alt="好"' in page


def test_links_to_the_open_net_stay_and_do_not_tell_where_from() -> None:
    page = sanitise("<a href='https://www.samr.gov.cn/'>总局</a>", none)
    assert 'rel="noopener noreferrer"' in page
    assert 'href="https://www.samr.gov.cn/"' in page


def test_reading_takes_a_time_that_grows_with_the_text() -> None:
    assert reading_seconds("<p>短</p>") == 30
    assert reading_seconds(f"<p>{'字' * 900}</p>") == 90
    assert visible_text("<p>a &lt; b</p>") == "a < b"


@pytest.mark.parametrize("sound", [False, True])
@pytest.mark.parametrize(
    "source", [*HOSTILE, "<p title='a<b'>字</p>", "a &amp; b &lt; c&nbsp;<br>"]
)
def test_what_comes_out_passes_the_check_of_who_opens_a_pack(source: str, sound: bool) -> None:
    assert is_harmless(sanitise(source, lambda _: "/media/ab", sound=sound), {"ab"})


@given(st.text(alphabet="<>/\"'= abiprcsodu&;!-", max_size=60))
def test_no_text_comes_out_that_the_check_refuses(text: str) -> None:
    assert is_harmless(sanitise(text, none, sound=True), ())


def test_a_sound_always_has_its_keys() -> None:
    page = sanitise("<audio src=a.mp3 autoplay>", lambda _: "/media/ab", sound=True)
    assert page == '<audio src="/media/ab" controls=""></audio>'


def test_deep_nesting_is_made_shallow_and_costs_no_time() -> None:
    sanitised = sanitise("<div>" * 40_000 + "深" + "</div>" * 40_000 + "<p>后</p>", none)
    assert sanitised.count("<div>") < 400
    assert sanitised.endswith("<p>后</p>")
    assert "深" in sanitised
