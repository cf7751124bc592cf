"""content.text.encodings: what a text is written in, where it does not say so."""

import pytest

from content.text.encodings import decoded, doubtful

CHINESE = "一、单项选择题\n1. 纳税人应当（　）。\nA. 申报 B. 缴纳"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Où est le café? Déjà vu, naïve “quoted” – 5 €", "windows-1252"),
        ("Größe über Maß: zwölf Äpfel für España", "windows-1252"),
        ("問題：請選擇正確的答案。學校裡有幾個學生？", "big5"),
        ("喆 犇 骉 镕基", "gb18030"),
    ],
)
def test_what_could_be_another_encoding_is_read_as_it_looks_and_doubted(
    text: str, encoding: str
) -> None:
    raw = text.encode(encoding)
    assert (decoded(raw), doubtful(raw)) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_what_is_plain_is_not_doubted(encoding: str) -> None:
    raw = CHINESE.encode(encoding)
    assert (decoded(raw), doubtful(raw)) == (CHINESE, "")
    assert doubtful(b"only ascii") == ""


def test_letters_of_another_alphabet_are_not_made_into_accents() -> None:
    assert decoded("Привет, как дела?".encode("windows-1251")) is None
