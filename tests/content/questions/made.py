"""Questions of every type as hypothesis makes them: naughty texts, HTML, formulas, files."""

import hashlib
import html
import json
from dataclasses import replace
from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st

from content.model.course import LETTERS, TRUE_FALSE, FileRef, Question
from content.model.question_rules import check, written_chars
from content.questions import canonical
from content.questions.model.identity import derived_id
from content.questions.model.plain_text import has_invisible
from content.transfer.blobs import BlobStore
from sync.facts.grading import number_key, text_key
from tests.content.conftest import PNG

MP3 = b"ID3\x04" + bytes(30)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
_BLNS = Path(__file__).parents[4] / "shared" / "testdata" / "hostile" / "blns" / "blns.json"


def _naughty() -> list[str]:
    own = ["=1+1", "-> ->", "[html]<b>", "%50%", "####", "// x", "::a::", "@@PLUGINFILE@@/a", "\\n"]
    own += ["]]>", "<!-- -->", "{#1}", "T", "A", "#5", "$CATEGORY: x", "&lt;&amp;amp;", "_x000D_"]
    own += [r"\(\frac{1}{2}\)", r"\[a<b\]", "答案：A", "A) x", "'", "中文\n第二行", "=HYPERLINK(1)"]
    listed = json.loads(_BLNS.read_text("utf-8")) if _BLNS.exists() else []
    return [text for text in [*own, *listed] if text.strip() and not has_invisible(text)]


NAUGHTY = _naughty()
_CHARS = "ab 12\n\t\\{}=~#:*%|‖<>&\"'[]()-_$;,./中文，。（）　\xa0é😀"
REFS = {
    data: FileRef(f"media/{hashlib.sha256(data).hexdigest()[:24]}.{kind}", len(data), sha)
    for data, kind in ((PNG, "png"), (MP3, "mp3"), (SVG, "svg"))
    for sha in [hashlib.sha256(data).hexdigest()]
}


def keep(blobs: BlobStore) -> None:
    """Put every file that generated questions show into the blobs."""
    for data in REFS:
        blobs.add_bytes(data)


def _said(most: int) -> st.SearchStrategy[str]:
    words = st.text(_CHARS, min_size=1, max_size=12) | st.sampled_from(NAUGHTY)
    joined = st.lists(words, min_size=1, max_size=3).map("".join).map(str.strip)
    return joined.filter(lambda text: 0 < len(text) <= most and not has_invisible(text))


def _shown(data: bytes) -> str:
    tag = "audio" if REFS[data].path.endswith("mp3") else "img"
    source = f'src="/media/{REFS[data].sha256}"'
    return f'<audio {source} controls=""></audio>' if tag == "audio" else f'<img {source} alt="图">'


def _html(most: int) -> st.SearchStrategy[str]:
    texts = _said(most).map(lambda text: html.escape(text, quote=False).replace("\xa0", "&nbsp;"))
    return st.one_of(
        texts,
        texts.map(lambda text: f"<b>{text}</b>"),
        texts.map(lambda text: f"<p>a</p><table><tbody><tr><td>{text}</td></tr></tbody></table>"),
        st.tuples(texts, st.sampled_from(list(REFS))).map(lambda both: both[0] + _shown(both[1])),
        texts.map(lambda text: f"x<sub>{text}</sub>" + r" \(x_1 &lt; 2\)"),
    )


_WORDING = (
    _said(30)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: not set(text) & set("|‖"))
)
_DECIMAL = st.decimals(-9999, 9999, places=3).map(lambda d: format(d.normalize() + 0, "f"))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question that is valid here, in its canonical form."""
    kind = draw(
        st.sampled_from(
            ("single", "multiple", "truefalse", "fill", "numeric", "matching", "ordering", "essay")
        )
    )
    rich = draw(st.booleans())
    text = _html if rich else _said
    many = st.lists(text(60), min_size=2, max_size=6, unique=True)
    optioned = kind in ("single", "multiple", "matching", "ordering")
    options = tuple(draw(many)) if optioned else TRUE_FALSE if kind == "truefalse" else ()
    prompts = tuple(draw(many)) if kind == "matching" else ()
    asked = draw(text(100))
    if kind == "fill":
        asked = asked.replace("___", "-") + "____ x" * draw(st.integers(0, 3))
    texts = (asked, *options, *prompts, explain := draw(st.just("") | text(100)))
    question = Question(
        "",
        kind,  # type: ignore[arg-type]
        asked,
        options,
        _key(draw, kind, len(options), len(prompts), asked),
        explain,
        *draw(st.sampled_from([("", 0), ("video-1", 72)])),
        rich=rich,
        prompts=prompts,
        media=tuple(ref for ref in REFS.values() if ref.sha256 in " ".join(texts)),
        chapter=draw(st.just("") | _said(20).map(lambda text: " ".join(text.split()))),
        difficulty=draw(st.integers(0, 5)),
    )
    question = canonical(question)
    assume(_is_fit(question))
    return replace(question, id=draw(st.sampled_from([derived_id(question), "own-1", "own-2"])))


def _key(draw: st.DrawFn, kind: str, options: int, prompts: int, asked: str) -> str:
    """A key of the right kind."""
    letters = list(LETTERS[:options])
    if kind == "truefalse":
        return draw(st.sampled_from("AB"))
    if kind == "single":
        return draw(st.sampled_from(letters))
    if kind == "multiple":
        return "".join(sorted(draw(st.sets(st.sampled_from(letters), min_size=2))))
    if kind == "matching":
        return "=" + "".join(draw(st.sampled_from([*letters, "-"])) for _ in range(prompts))
    if kind == "ordering":
        return ">" + "".join(draw(st.permutations(letters)))
    if kind == "essay":
        return "*" + draw(st.just("") | _said(60))
    if kind == "numeric":
        pair = st.tuples(_DECIMAL, _DECIMAL.map(lambda text: text.lstrip("-")))
        return number_key(draw(st.lists(pair, min_size=1, max_size=3, unique=True)))
    blanks = asked.count("____") or 1
    wordings = st.lists(_WORDING, min_size=1, max_size=3, unique=True)
    return text_key(
        [word[: written_chars(blanks)] for word in draw(wordings)] for _ in range(blanks)
    )


def _is_fit(question: Question) -> bool:
    faults: list[str] = []

    def fault(code: str, _name: str = "", /, **_values: str | int) -> None:
        faults.append(code)

    check(question, fault)
    return not faults
