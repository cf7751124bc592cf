"""Pages: the questions of a file before they go into a bank (``hub.authoring.bank_preview``)."""

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from content.model.errors import NotABlobName
from content.model.faults.faults import Fault
from hub.authoring import bank_preview
from hub.authoring.bank_preview import PreviewedQuestion
from hub.errors import UploadGone
from hub.materials import uploads
from hub.rights import Deed
from hub.store import materials
from hub.store.materials import ImportJob
from hub.web.account import looking, needs
from hub.web.authoring import media
from hub.web.current import hub
from hub.web.paging import Page

bp = Blueprint("import_preview", __name__)

ROWS_A_PAGE = 25
REFUSED = "refused"


def shown(row: ImportJob) -> ResponseReturnValue:
    """What is in a file that waits for a decision, what is odd first; or that it is gone."""
    try:
        preview = bank_preview.load(uploads.find(hub(), row.token, uploads.CONTENT))
    except UploadGone:
        return render_template("materials/preview_gone.html", row=row)
    filters = [*preview.filters(), *([(REFUSED, preview.refused)] if preview.refused else [])]
    which = request.args.get("show", filters[0][0])
    which = which if which in [name for name, _count in filters] else ""
    page = Page.of(request.args, ROWS_A_PAGE)
    part = slice(page.offset, page.offset + page.size)
    faults, listed = list[Fault](), list[PreviewedQuestion]()
    if which == REFUSED:
        faults = list(preview.faults[part])
    else:
        listed = list(preview.shown(which)[part])
    return render_template(
        "materials/preview.html", row=row, preview=preview, which=which, filters=filters,
        words=_words(), faults=faults, page=page.counted(dict(filters)[which]),
        rows=[(one, bank_preview.with_files_at(one.question, _address(row))) for one in listed],
        odd_words=odd_words,
    )  # fmt: skip


@bp.get("/materials/imports/<int:number>/files/<sha>")
@needs(Deed.SEE_DRAFTS)
def file(number: int, sha: str) -> ResponseReturnValue:
    """A picture or sound of a question that is only looked at."""
    with looking() as (connection, scope):
        row = materials.job(connection, scope, number) or abort(404)
    try:
        kept = uploads.find(hub(), row.token, uploads.CONTENT)
        path = bank_preview.files_beside(kept).path(sha)
    except (UploadGone, NotABlobName):
        abort(404)
    return media.answer(path, sha) if path.is_file() else abort(404)


def odd_words(kind: str, one: PreviewedQuestion) -> str:
    """What is odd about a question, in words."""
    if kind == bank_preview.OTHER_KEY:
        if one.like:
            return _("与第 %(n)s 题问的相同，答案不同", n=one.like)
        return _("题库里有一道题问的相同，答案不同")
    if kind == bank_preview.TWICE:
        return _("与第 %(n)s 题完全一样，只放一次", n=one.like)
    words: Mapping[str, str] = {
        bank_preview.KNOWN: _("题库里已有，不会重复"),
        bank_preview.NO_MODEL: _("简答题，没有参考答案"),
        bank_preview.BARE: _("没有解析"),
    }
    return words.get(kind, "")


def _words() -> dict[str, str]:
    return {
        "odd": _("要核对"),
        "": _("全部"),
        bank_preview.TWICE: _("文件里重复"),
        bank_preview.KNOWN: _("题库里已有"),
        bank_preview.BARE: _("没有解析"),
        REFUSED: _("退回"),
    }


def _address(row: ImportJob) -> Callable[[str], str]:
    return lambda sha: url_for("import_preview.file", number=row.id, sha=sha)
