"""content.questions.model.rich_text: harmless HTML, with the files that it shows."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model import limits
from content.model.refused import Refused
from content.questions.model.draft import QuestionDraft, Words
from content.questions.model.html_text import as_html, plainly, tex_signs
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question
from content.text import pages
from content.transfer.blobs import BlobStore
from tests.content.conftest import PNG

MP3 = b"ID3\x04" + bytes(30)
FILES = {"a.png": PNG, "b c.mp3": MP3, "x.exe": b"MZ"}
HOSTILE = [
    "<script>fetch('/keeper')</script>",
    "<b onclick='alert(1)'>b</b>",
    "<a href='javascript:alert(1)'>b</a>",
    "<style>body{display:none}</style>",
    "<p style='position:fixed'>b</p>",
    "<math><mtext><table><mglyph><style><img src='a.png' onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=a.png onerror=alert(1)>'>",
    "<img src='a.png' onerror='alert(1)'>",
    "<audio src='b c.mp3' autoplay onplay='alert(1)'></audio>",
    "<base href='//evil.example'>",
]


@pytest.fixture
def shelf(blobs: BlobStore) -> MediaCollector:
    collector = MediaCollector(blobs, FILES.get)
    collector.begin(lambda code: None)
    return collector


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_in_a_question_can_act_or_load(source: str, shelf: MediaCollector) -> None:
    markup = shelf.harmless("a" + source)
    tags = " ".join(re.findall(r"<[^>]*>", markup)).lower()
    assert not re.search(r"script|\son[a-z]+=|style|evil|autoplay", tags)


def test_pictures_and_sounds_travel_along(shelf: MediaCollector, blobs: BlobStore) -> None:
    data_url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    markup = shelf.harmless(
        f"<img src='a.png' alt='图'><IMG SRC={data_url}><a href='b c.mp3'>听</a>"
        "<audio><source src='b c.mp3'>old browser</audio>"
    )
    picture, sound = shelf.taken()
    assert markup.count(f'src="/media/{picture.sha256}"') == 2
    assert markup.count(f'src="/media/{sound.sha256}"') == markup.count("controls=") == 2
    assert [ref.path.rpartition(".")[2] for ref in (picture, sound)] == ["png", "mp3"]
    assert blobs.names() == set()
    shelf.keep()
    assert blobs.read(sound.sha256, 100) == MP3


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<img src='gone.png'>", "media-missing"),
        ("<img>", "media-missing"),
        ("<audio></audio>", "media-missing"),
        ("<img data-src='a.png' src='/media/" + "a" * 64 + "'>", "media-missing"),
        ("<img alt='>' src='a.png'>", "media-missing"),
        ("<img src='//evil.example/a.png'>", "media-outside"),
        ("<img src='x.exe'>", "media-kind"),
        ("<img src='data:text/html,x'>", "media-kind"),
        ("<img src='data:image/png;base64,?'>", "media-missing"),
        ("<svg></svg>", "rich-element"),
        ("<VIDEO src=a.mp4>", "rich-element"),
    ],
)
def test_what_people_would_miss_is_never_dropped(
    source: str, why: str, shelf: MediaCollector
) -> None:
    with pytest.raises(Refused, match=f"^{why}$"):
        shelf.harmless(source)


def test_pictures_of_formulas_are_the_formulas(shelf: MediaCollector) -> None:
    canvas = (
        '<img class="equation_image" title="x" src="/equation_images/x" alt="LaTeX: x &lt; 2">'
        '<img src="http://x/y" data-equation-content="\\frac{1}{2}">'
    )
    assert shelf.harmless(canvas) == r"\(x &lt; 2\)\(\frac{1}{2}\)"
    assert shelf.harmless('<img src="a.png" alt="LaTeX: x">').startswith("<img")


def test_a_file_beyond_its_limit_is_refused(
    shelf: MediaCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_PICTURE_BYTES", len(PNG) - 1)
    with pytest.raises(Refused, match="media-large"):
        shelf.harmless("<img src='a.png'>")


def test_html_that_never_settles_is_refused(
    shelf: MediaCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "sanitise", lambda source, *_, **__: source + "<b>x</b>")
    with pytest.raises(Refused, match="rich-unstable"):
        shelf.harmless("a")


def test_files_of_a_refused_question_leave_no_blob(shelf: MediaCollector, blobs: BlobStore) -> None:
    draft = QuestionDraft("single", Words("<img src='a.png'>", html=True), [Words("a"), Words("b")])
    with pytest.raises(Refused, match="asked-no-answer"):
        to_question(draft, shelf, lambda code: None)
    assert blobs.names() == set()


def test_a_multiple_choice_with_one_right_answer_is_refused(shelf: MediaCollector) -> None:
    draft = QuestionDraft("multiple", Words("a"), [Words("a"), Words("b")], right=[1])
    with pytest.raises(Refused, match="asked-several-right"):
        to_question(draft, shelf, lambda code: None)


@given(st.text(alphabet="<>pbr/di v&;lt#10\n\t x", max_size=40))
def test_html_made_plain_and_html_again_stays_plain(text: str) -> None:
    plain = plainly(pages.sanitise(text, lambda _: None))
    if plain is not None:
        assert plainly(as_html(plain)) == plain


@given(st.text(alphabet="$a <>\n\\()", max_size=30), st.booleans())
def test_tex_signs_are_written_one_way(text: str, rich: bool) -> None:
    once = tex_signs(text, rich=rich)
    assert tex_signs(once, rich=rich) == once
