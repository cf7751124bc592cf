"""How the hub's pages look and speak: the face, the language, pages for what went wrong."""

from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import HTTPException

from content.face import spoken, wiring
from content.face.static_files import StaticFiles
from content.face.way_back import own_path
from content.face.words import gettext as _
from hub.errors import HubError, MachineError
from hub.web import failing, labels, refusals

HERE = Path(__file__).parent
FACE = wiring.face(HERE.parent / "words")
OWN = StaticFiles(HERE / "static", "/static")
YEAR_S = 365 * 86_400
# Shorter texts are chosen or quickly typed again.
LONG_TYPED = 6

# Short enough to be read whole, by an office and not by an engineer.
SENTENCES = {
    400: ("这个请求不完整", "请回到上一页再试一次。"),
    403: ("您的账号不能做这件事", "请联系管您账号的管理员；他可以给您需要的角色。"),
    404: ("这里没有这一页", "它可能已被移走，或不在您负责的单位范围之内。"),
    405: ("这里没有这一页", "请从页面上的按钮进入。"),
    413: ("文件太大，没有接收", "请把文件压缩，或拆成几个再上传。已有的内容没有变化。"),
    429: ("试得太快了", "请稍等再试。"),
}

bp = Blueprint("look", __name__)


def attach(app: Flask) -> None:
    """Give ``app`` its templates, words and filters; called once by ``create_app``."""
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(HERE / "templates"), FileSystemLoader(FACE.templates)]
    )
    app.jinja_env.globals.update(FACE.globals, own_url=OWN.url, **labels.GLOBALS)
    app.jinja_env.filters.update(FACE.filters, utc=utc, **labels.FILTERS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.before_request(speak)
    app.register_error_handler(HTTPException, _no_page)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HubError, _refused)


def speak() -> None:
    """Choose the language of this request by the visitor's cookie."""
    FACE.speak(request.cookies.get("lang", ""))


def utc(at: int) -> str:
    """A moment for ``<time datetime>``."""
    return datetime.fromtimestamp(at, spoken.ZONE).isoformat()


@bp.get("/face/<mark>/<path:name>")
def face_file(mark: str, name: str) -> ResponseReturnValue:
    """A file of the common face."""
    return _from_shelf(FACE.shelf, mark, name)


@bp.get("/static/<mark>/<path:name>")
def own_file(mark: str, name: str) -> ResponseReturnValue:
    """A file of the hub's own pages."""
    return _from_shelf(OWN, mark, name)


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What was tried with keyboard, zoom and readers, and what was not."""
    return render_template("accessibility.html")


@bp.post("/lang")
def language() -> ResponseReturnValue:
    """Remember the language and go back to the page."""
    answer = redirect(back_to(request.referrer), code=303)
    chosen = "en" if request.form.get("lang") == "en" else "zh"
    answer.set_cookie(
        "lang", chosen, max_age=YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def back_to(address: str | None) -> str:
    """The path of an address of ours; "/" for anything that leads elsewhere."""
    return own_path(address, request.host)


def _from_shelf(shelf: StaticFiles, mark: str, name: str) -> ResponseReturnValue:
    reply = shelf.answer(
        mark,
        name,
        request.headers.get("Accept-Encoding", ""),
        request.headers.get("If-None-Match", ""),
    )
    return Response(reply.body, reply.status, reply.headers) if reply else abort(404)


def _no_page(fault: HTTPException) -> ResponseReturnValue:
    code = fault.code or HubError.status
    if code >= HubError.status:
        return _failed(HubError.code, code)
    title, todo = SENTENCES.get(code, SENTENCES[400])
    return render_template("refused.html", title=_(title), todo=_(todo), code=""), code


def _failed(code: str, status: int) -> ResponseReturnValue:
    """Nothing that whoever asked could put right; the administrator finds it by its number."""
    title, todo = refusals.said(MachineError())
    detail = _("编号 %(id)s", id=failing.note(code))
    page = render_template("refused.html", title=title, todo=todo, detail=detail, code=code)
    return page, status


def _stale_form(fault: CSRFError) -> ResponseReturnValue:
    current_app.logger.info("form refused %s: %s", request.path, fault.description)
    title, todo = _("这个表单已经过期"), _("请回到上一页，刷新后再提交一次。")
    return render_template("refused.html", title=title, todo=todo, code=""), 400


def _refused(fault: HubError) -> ResponseReturnValue:
    """Say what is wrong and what to do, with the status of the error; logs keep its own text."""
    current_app.logger.info("refused %s %s: %s", request.path, fault.code, fault)
    if fault.status >= HubError.status:
        return _failed(fault.code, fault.status)
    title, todo = refusals.said(fault)
    typed = _typed() if fault.status == 409 else []
    page = render_template("refused.html", title=title, todo=todo, code=fault.code, typed=typed)
    return page, fault.status


def _typed() -> list[str]:
    """What somebody wrote into the form that was refused, so that it is not lost."""
    own = {
        "csrf_token", "edition", "do", "what", "password", "old", "new", "again", "item", "module",
        "before", "kind", "pick", "unit",
    }  # fmt: skip
    texts = (text for name, text in request.form.items(multi=True) if name not in own)
    return [text for text in texts if len(text.strip()) >= LONG_TYPED]
