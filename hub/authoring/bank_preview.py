"""Preview: the questions of a file before they go into a bank, with what is odd about each.

It is kept beside the uploaded file, with the pictures and sounds that the questions show; when the
upload is dropped nothing is left of it. What is stored in the end is read again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from content import questions
from content.model.checks.markup import visible_text
from content.model.course import Question
from content.model.faults.faults import PARAGRAPH, Fault
from content.questions import Imported
from content.questions.model.report import SourcePlace
from content.text.search_fold import fold
from content.transfer.blobs import BlobStore
from hub.store import json_values
from sync.facts.grading import ESSAY

FILE, FILES = "preview.json", "files"
# What may be odd, in the order in which it is shown: a question may be several of these.
OTHER_KEY, REMARKED, NO_MODEL, TWICE, KNOWN, BARE = (
    "other-key", "remarked", "no-model", "twice", "known", "bare",
)  # fmt: skip
ODD = (OTHER_KEY, REMARKED, NO_MODEL)


@dataclass(frozen=True, slots=True)
class PreviewedQuestion:
    """A question with its place in the file and what is odd about it.

    ``like`` names the question that it is compared with: its number in the file, or 0 for one of
    the bank.
    """

    number: int
    question: Question
    odd: tuple[str, ...] = ()
    like: int = 0
    remarks: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class BankPreview:
    """What a file would put into a bank: ``fresh + same + refused == total``.

    ``bank`` is its title, ``is_there`` whether there is such a bank. ``remarks`` are those that
    are about the file as a whole.
    """

    bank: str
    is_there: bool
    total: int
    fresh: int
    same: int
    faults: tuple[Fault, ...]
    questions: tuple[PreviewedQuestion, ...]
    remarks: tuple[Fault, ...] = ()

    @property
    def refused(self) -> int:
        """How many cannot go in."""
        return self.total - self.fresh - self.same

    def shown(self, which: str) -> tuple[PreviewedQuestion, ...]:
        """Return the questions that a filter shows: ``odd``, one of the oddities, "" all."""
        if which == "odd":
            return tuple(one for one in self.questions if set(one.odd) & set(ODD))
        return tuple(one for one in self.questions if not which or which in one.odd)

    def filters(self) -> tuple[tuple[str, int], ...]:
        """Return the filters that show something, with how many; what is odd comes first."""
        names = ("odd", "", TWICE, KNOWN, BARE)
        counted = ((name, len(self.shown(name))) for name in names)
        return tuple((name, count) for name, count in counted if count or not name)


def files_beside(kept: Path) -> BlobStore:
    """Return where the files of a preview's questions are."""
    return BlobStore(kept.parent / FILES)


def keep(kept: Path, preview: BankPreview) -> None:
    """Put a preview beside the uploaded file."""
    (kept.parent / FILE).write_text(json_values.written(preview), "utf-8")


def load(kept: Path) -> BankPreview:
    """Return the preview of an uploaded file."""
    return json_values.read(BankPreview, (kept.parent / FILE).read_text("utf-8"))


def preview_of(
    imported: Imported, bank: str, there: tuple[Question, ...], *, is_there: bool
) -> BankPreview:
    """Return what a file would put into a bank that has ``there`` already."""
    known = {questions.fingerprint(one) for one in there}
    keys = {_asked(one): _right(one) for one in there}
    seen: dict[str, int] = {}
    first: dict[str, tuple[int, str]] = {}
    listed = []
    for number, (one, remarks) in enumerate(_with_remarks(imported), 1):
        same, (before, key) = questions.fingerprint(one), first.get(_asked(one), (0, ""))
        odd, like = _odd_alone(one, remarks), 0
        if same in seen:
            odd, like = [TWICE], seen[same]
        elif same in known:
            odd = [KNOWN]
        elif key and key != _right(one):
            odd, like = [OTHER_KEY, *odd], before
        elif keys.get(_asked(one), _right(one)) != _right(one):
            odd = [OTHER_KEY, *odd]
        seen.setdefault(same, number)
        first.setdefault(_asked(one), (number, _right(one)))
        listed.append(PreviewedQuestion(number, one, tuple(odd), like, remarks))
    fresh = len(imported.fresh(known))
    places = {_place(place) for place in imported.places}
    whole = tuple(fault for fault in imported.remarks if _place(fault) not in places)
    return BankPreview(
        bank, is_there, imported.total, fresh, len(imported.questions) - fresh,
        imported.refused, tuple(sorted(listed, key=_rank)), whole,
    )  # fmt: skip


def with_files_at(one: Question, address: Callable[[str], str]) -> Question:
    """Return a question that shows its files at another address."""

    def moved(text: str) -> str:
        for ref in one.media:
            text = text.replace(f'src="/media/{ref.sha256}"', f'src="{address(ref.sha256)}"')
        return text

    return replace(
        one,
        text=moved(one.text),
        explain=moved(one.explain),
        options=tuple(map(moved, one.options)),
        prompts=tuple(map(moved, one.prompts)),
    )


def _odd_alone(one: Question, remarks: tuple[Fault, ...]) -> list[str]:
    """Return what is odd about a question without looking at others."""
    odd = [REMARKED] if remarks else []
    if one.type == "essay":
        return [*odd, NO_MODEL] if one.answer == ESSAY else odd
    return odd if one.explain else [*odd, BARE]


def _with_remarks(imported: Imported) -> Iterator[tuple[Question, tuple[Fault, ...]]]:
    """Yield the questions with the remarks on them, by their places in the file."""
    by_place: dict[tuple[int, str, int], list[Fault]] = {}
    for fault in imported.each_remark:
        by_place.setdefault(_place(fault), []).append(fault)
    for number, one in enumerate(imported.questions):
        places = imported.places[number : number + 1]
        said = [fault for place in places for fault in by_place.get(_place(place), ())]
        yield one, tuple(fault for at, fault in enumerate(said) if fault not in said[:at])


def _place(of: Fault | SourcePlace) -> tuple[int, str, int]:
    if isinstance(of, Fault):
        return of.line, of.key, int(of.values.get(PARAGRAPH, 0))
    return of.line, of.key[:60], of.paragraph


def _asked(one: Question) -> str:
    """Return what a question asks, without what parts two ways of writing it."""
    texts = (one.type, one.text, *sorted(one.options), *one.prompts)
    return "\n".join(fold("".join(visible_text(text).split())) for text in texts)


def _right(one: Question) -> str:
    """Return what is right, in words where options may stand in another order."""
    if one.type not in ("single", "multiple"):
        return one.answer
    return "\n".join(sorted(one.options[ord(letter) - 65] for letter in one.answer))


def _rank(one: PreviewedQuestion) -> tuple[bool, int]:
    return not set(one.odd) & set(ODD), one.number
