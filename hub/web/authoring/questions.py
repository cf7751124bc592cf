"""Pages: one question — written new or changed, with pictures and sounds, without scripts too.

The form is saved only by its button; each other button shows the page again with what was typed.
``hub.authoring.question_form`` says what a form means.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import IO

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model.course import QUESTION_TYPES, Question, QuestionType
from content.model.picture_sound import HEAD_BYTES
from content.model.refused import Refused
from hub.authoring import bank_editing, question_form, question_media
from hub.authoring.question_media import FRESH, QuestionFile
from hub.errors import UploadGone
from hub.materials import uploads
from hub.rights import Deed
from hub.store import banks
from hub.store.banks import Bank, StoredQuestion
from hub.web.account import actor, looking, may, needs
from hub.web.authoring import media
from hub.web.current import hub

bp = Blueprint("questions", __name__)

KIND = "asked"
# Empty rows that a form offers behind those that are filled.
ROWS, MORE_ROWS = 4, 2


@bp.route("/banks/<int:bank_id>/new", methods=["GET", "POST"])
@needs(Deed.WRITE)
def new(bank_id: int) -> ResponseReturnValue:
    """Write one new question, of any type."""
    with looking() as (connection, scope):
        bank = bank_editing.own(connection, scope, bank_id)
    before = question_form.blank(_kind())
    if request.method == "GET":
        fields = question_form.fields_of(before)
        fields |= {name: request.args.get(name, "")[:80] for name in ("chapter", "difficulty")}
        return _page(bank, None, before, fields, {})
    fields, errors = _given()
    if not errors and _do() in ("save", "again"):
        question, errors = question_form.question_from(fields, before, hub().blobs, _fresh)
        if question is not None:
            code, added = bank_editing.add(hub(), actor(), bank_id, question)
            if added:
                return _added(bank_id, code, question, fields)
            errors = {"text": _("这个题库里已有完全一样的题。")}
    return _again(bank, None, before, fields, errors)


@bp.get("/banks/<int:bank_id>/questions/<code>")
@needs(Deed.SHARE)
def show(bank_id: int, code: str) -> ResponseReturnValue:
    """One question as a learner sees it once answered, its form, and what it was before."""
    bank, row = _found(bank_id, code)
    question = row.question
    return _page(bank, row, question, question_form.fields_of(question), {})


@bp.post("/banks/<int:bank_id>/questions/<code>")
@needs(Deed.WRITE)
def put(bank_id: int, code: str) -> ResponseReturnValue:
    """Change a question, or take it out."""
    bank, row = _found(bank_id, code)
    if "remove" in request.form:
        number = bank_editing.remove(hub(), actor(), bank_id, code)
        flash(_("已删去第 %(n)s 题，可以撤销。", n=row.place), "waits")
        return redirect(url_for("banks.show", bank_id=bank_id, undo=number), code=303)
    before = row.question
    fields, errors = _given()
    if not errors and _do() == "save":
        question, errors = question_form.question_from(fields, before, hub().blobs, _fresh)
        if question is not None:
            bank_editing.change(hub(), actor(), bank_id, code, question)
            _forget(fields)
            flash(_("已保存；以前的写法留着，可以换回。"))
            return redirect(url_for(".show", bank_id=bank_id, code=code), code=303)
    return _again(bank, row, before, fields, errors)


@bp.get("/questions/files/<token>")
@needs(Deed.WRITE)
def fresh_file(token: str) -> ResponseReturnValue:
    """A picture or sound that was handed in for a question that is not saved yet."""
    try:
        return media.answer(uploads.find(hub(), token, KIND), token)
    except UploadGone:
        abort(404)


def _added(
    bank_id: int, code: str, question: Question, fields: Mapping[str, str]
) -> ResponseReturnValue:
    _forget(fields)
    if _do() == "again":
        flash(_("已加进题库；接着写下一题。"))
        level = question.difficulty or None
        where = url_for(
            ".new",
            bank_id=bank_id,
            type=question.type,
            chapter=question.chapter or None,
            difficulty=level,
        )
    else:
        flash(_("已加进题库。"))
        where = url_for(".show", bank_id=bank_id, code=code)
    return redirect(where, code=303)


def _do() -> str:
    return request.form.get("do") or "save"


def _kind() -> QuestionType:
    wanted = (
        _do().removeprefix("type-") if _do().startswith("type-") else request.values.get("type")
    )
    return next((kind for kind in QUESTION_TYPES if kind == wanted), "single")


def _given() -> tuple[dict[str, str], dict[str, str]]:
    """The form as it is after its button was pressed, and what is wrong with a file of it."""
    fields = {name: request.form.get(name, "") for name in question_form.FIELDS}
    fields["answer"] = "".join(request.form.getlist("answer"))  # letters of several boxes
    do = _do()
    if do.startswith("drop-") and do[5:].isdecimal() and len(do) < 8:
        number = int(do[5:])
        fields |= {
            name: question_media.without(fields[name], number) for name in question_form.FIELD_NAMES
        }
        fields |= dict.fromkeys((f"file-{number}", f"alt-{number}", f"size-{number}"), "")
    if do.startswith("type-"):
        fields["answer"] = ""  # letters of one type mean nothing in another
    file = request.files.get("file")
    if file is None or not file.filename:
        return fields, {"file": _("请先选一个文件。")} if do == "attach" else {}
    number = next((n for n, name in enumerate(question_media.FILES, 1) if not fields[name]), 0)
    if not number:
        return fields, {"file": _("一道题最多 %(n)s 个图片和声音。", n=len(question_media.FILES))}
    try:
        return _attach(fields, number, file.stream, file.filename), {}
    except Refused as why:
        return fields, {"file": question_form.sentence(why)}
    finally:
        file.close()


def _attach(fields: dict[str, str], number: int, stream: IO[bytes], name: str) -> dict[str, str]:
    """The form with one more file, its mark in the field that it names. Raises ``Refused``."""
    head = stream.read(HEAD_BYTES)
    size = stream.seek(0, 2)
    stream.seek(0)
    sound = question_media.check_file(head, size, name)
    token, _file = uploads.keep(hub(), stream, KIND)
    alt = request.form.get("alt", "").strip()[: question_media.MAX_ALT_CHARS]
    question_file = QuestionFile(number, FRESH + token, alt, sound=sound)
    where = request.form.get("where", "text")
    where = where if where in question_form.FIELD_NAMES else "text"
    between = "\n" if where in ("text", "explain") and fields[where].strip() else ""
    text = f"{fields[where].rstrip()}{between}{question_file.mark}"
    return fields | {where: text, f"file-{number}": question_file.file, f"alt-{number}": alt}


def _fresh(token: str) -> bytes | None:
    """The file uploaded under a token; None if it is gone. None is larger than a sound may be."""
    try:
        return uploads.find(hub(), token, KIND).read_bytes()
    except UploadGone:
        return None


def _forget(fields: Mapping[str, str]) -> None:
    for name in question_media.FILES:
        if fields[name].startswith(FRESH):
            try:
                uploads.drop(uploads.find(hub(), fields[name][len(FRESH) :], KIND))
            except UploadGone:
                continue


def _again(
    bank: Bank, row: StoredQuestion | None, before: Question, fields: dict[str, str],
    errors: dict[str, str],
) -> ResponseReturnValue:  # fmt: skip
    """The page with what was typed: something is wrong, or another button was pressed."""
    seen = None
    if not errors and _do() == "look":
        question, errors = question_form.question_from(fields, before, hub().blobs, _fresh)
        seen = _as_handed_in(question, fields) if question is not None else None
    return _page(bank, row, before, fields, errors, seen), 400 if errors else 200


def _as_handed_in(question: Question, fields: Mapping[str, str]) -> Question:
    """The question with the form's files at the addresses where they are shown before saving."""
    files = question_media.shown_in(fields, Question("", question.type, ""), _fresh)
    places = {
        question_media.address_of(_fresh(file.token) or b""): url_for(
            ".fresh_file", token=file.token
        )
        for file in files
    }

    def moved(text: str) -> str:
        for address, place in places.items():
            text = text.replace(f'src="{address}"', f'src="{place}"')
        return text

    return replace(
        question,
        text=moved(question.text),
        explain=moved(question.explain),
        options=tuple(map(moved, question.options)),
        prompts=tuple(map(moved, question.prompts)),
    )


def _page(
    bank: Bank, row: StoredQuestion | None, question: Question, fields: dict[str, str],
    errors: dict[str, str], seen: Question | None = None,
) -> str:  # fmt: skip
    with looking() as (connection, scope):
        befores = banks.befores(connection, bank.id, row.code) if row else []
        may_change = may(Deed.WRITE, bank.path)
    return render_template(
        "banks/question.html" if row else "banks/write.html",
        bank=bank, row=row, one=question, seen=seen, fields=fields, errors=errors,
        befores=[(each, each.question) for each in befores], may_change=may_change,
        types=QUESTION_TYPES, files=question_media.shown_in(fields, question, _fresh),
        rows={name: _rows(fields, name) for name in ("option", "prompt", "number")},
    )  # fmt: skip


def _rows(fields: Mapping[str, str], name: str) -> int:
    """How many rows of a list the form shows: those that are filled and some more."""
    names = {
        "option": question_form.OPTIONS,
        "prompt": question_form.PROMPTS,
        "number": question_form.NUMBERS,
    }[name]
    filled = max((n for n, each in enumerate(names, 1) if fields.get(each)), default=0)
    least = 1 if name == "number" else ROWS
    more = MORE_ROWS if _do() == f"more-{name}" else 0
    given = request.form.get(f"rows-{name}", "")
    before = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else least
    return min(len(names), max(least, filled, before + more))


def _found(bank_id: int, code: str) -> tuple[Bank, StoredQuestion]:
    with looking() as (connection, scope):
        bank = banks.get(connection, scope, bank_id) or abort(404)
        return bank, banks.one(connection, bank_id, code) or abort(404)
