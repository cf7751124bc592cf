"""Words: what people read, in Chinese or English.

Chinese stands in the source and is the key; other languages live in TOML files, one folder
a language (``words/en/study.toml``: ``"继续学习" = "Continue"``). A key that has no entry
reads in Chinese. Placeholders are named: ``_("还有 %(n)s 分钟", n=5)``.

Wiring: ``use(catalogue, language)`` at the start of every request, ``gettext`` as Jinja's ``_``.
"""

import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

SOURCE_LANGUAGE = "zh"


class WordsError(ValueError):
    """A words file cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The translations of one application: language, then Chinese, then the other words."""

    languages: Mapping[str, Mapping[str, str]]

    def has(self, language: str) -> bool:
        """Whether pages can be read in ``language``."""
        return language == SOURCE_LANGUAGE or language in self.languages

    def find(self, language: str, chinese: str) -> str:
        """The words in ``language``, or the Chinese ones where there are none."""
        return self.languages.get(language, {}).get(chinese, chinese)


def load(*folders: Path) -> Catalogue:
    """Read ``<folder>/<language>.toml`` and ``<folder>/<language>/*.toml`` of all folders.

    Raises:
        WordsError: a file is no TOML, or an entry is not text.
    """
    languages: dict[str, dict[str, str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.toml")):
            language = path.stem if path.parent == folder else path.parent.name
            languages.setdefault(language, {}).update(read_file(path))
    return Catalogue(languages)


def read_file(path: Path) -> dict[str, str]:
    """The entries of one words file.

    Raises:
        WordsError: the file is no TOML, or an entry is not text.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except ValueError as fault:
        raise WordsError(f"{path}: {fault}") from fault
    for key, value in entries.items():
        if not isinstance(value, str):
            raise WordsError(f"{path}: the entry {key!r} is not text")
    return entries


_current: ContextVar[tuple[Catalogue, str]] = ContextVar("words")
_NO_CATALOGUE = Catalogue({})


def use(catalogue: Catalogue, language: str) -> None:
    """Speak ``language`` from here on in this request; Chinese where it is not known."""
    _current.set((catalogue, language if catalogue.has(language) else SOURCE_LANGUAGE))


def language() -> str:
    """The language of this request: ``zh`` or ``en``."""
    return _current.get((_NO_CATALOGUE, SOURCE_LANGUAGE))[1]


def gettext(chinese: str, **values: object) -> str:
    """``chinese`` in the language of this request, with its placeholders filled."""
    catalogue, spoken = _current.get((_NO_CATALOGUE, SOURCE_LANGUAGE))
    text = catalogue.find(spoken, chinese)
    return text % values if values else text


def choose(asked: str, catalogue: Catalogue) -> str:
    """The language for a visitor who asked for ``asked`` ("" = nothing said yet).

    Chinese is the default whatever the browser says: station PCs are often set to English by
    whoever installed them.
    """
    return asked if catalogue.has(asked) else SOURCE_LANGUAGE
