"""The keeper's pages: is all well, learners, who studies now, sync, password."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node import calendar
from node.errors import InputError, NotFound, SessionExpired
from node.exchange import receipts
from node.keeper import health as well_being
from node.keeper import learner_overview, line_settings
from node.keeper.learner_overview import HowFar
from node.sign_in import keeper_accounts, learner_account
from node.store import courses, keepers, learners, meta, outbox, tries
from node.store.learners import Learner
from node.web.auth import current_keeper, current_session, keeper_required, source
from node.web.bounds import whole_number
from node.web.current import runtime
from node.web.keeper.addresses import address_here
from node.web.keeper.slips import reset_and_print

bp = Blueprint("keeper", __name__, url_prefix="/keeper")

SHOWN_TRIES = 12
PER_PAGE = 50
FILTERS: dict[str, Callable[[HowFar], bool]] = {
    "all": lambda row: True,
    "behind": lambda row: row.behind or row.locked,
    "locked": lambda row: row.locked,
}


@bp.get("/")
@keeper_required
def home() -> ResponseReturnValue:
    """Is all well, and what to do next."""
    return render_template(
        "keeper/home.html",
        well=well_being.look(runtime()),
        present=learner_overview.now_studying(runtime()),
        address=address_here(runtime().config.port),
    )


@bp.get("/learners")
@keeper_required
def list_learners() -> ResponseReturnValue:
    """Who is behind."""
    everyone = learner_overview.everyone(runtime())
    show = request.args.get("show", "all")
    shown = [row for row in everyone if FILTERS.get(show, FILTERS["all"])(row)]
    page = max(1, request.args.get("page", 1, type=whole_number))
    return render_template(
        "keeper/learners.html",
        show=show,
        counts={name: sum(map(fits, everyone)) for name, fits in FILTERS.items()},
        shown=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(shown),
        page=page,
        pages=max(1, -(-len(shown) // PER_PAGE)),
        now=runtime().clock.now(),
    )


@bp.get("/learners/print")
@keeper_required
def print_learners() -> ResponseReturnValue:
    """The list for the wall: how to get in, and how far each is."""
    return render_template(
        "keeper/wall.html",
        everyone=sorted(learner_overview.everyone(runtime()), key=lambda row: row.learner.number),
        address=address_here(runtime().config.port),
        now=runtime().clock.now(),
    )


@bp.get("/learners/<number>/pin")
@keeper_required
def ask_reset(number: str) -> ResponseReturnValue:
    """Ask before a PIN is taken away."""
    return render_template("keeper/reset.html", learner=_learner(number))


@bp.post("/learners/<number>/pin")
@keeper_required
def reset_pin(number: str) -> ResponseReturnValue:
    """Take the PIN away and print a slip, with which the learner sets a new one."""
    return reset_and_print(_learner(number).number)


@bp.post("/learners/<number>/unlock")
@keeper_required
def unlock(number: str) -> ResponseReturnValue:
    """Lift a lock; the PIN stays."""
    learner = _learner(number)
    learner_account.unlock(runtime(), number)
    flash(_("%(name)s 已解锁，可以用原来的密码登录。", name=learner.name))
    return redirect(url_for(".list_learners"), code=303)


@bp.get("/now")
@keeper_required
def now() -> ResponseReturnValue:
    """Who studies now."""
    return render_template(
        "keeper/now.html",
        present=learner_overview.now_studying(runtime()),
        now=runtime().clock.now(),
    )


@bp.get("/sync")
@keeper_required
def sync() -> ResponseReturnValue:
    """What waits, since when, how the last syncs went, and what comes."""
    conn, node = runtime().store.read(), runtime()
    epoch = meta.number(conn, meta.EPOCH, 1)
    return render_template(
        "keeper/sync.html",
        line=node.line(),
        state_of=node.courier.state,
        step=node.courier.step,
        receipt=outbox.receipted(conn, epoch).seq,
        slip=receipts.newest(conn),
        history=well_being.history(node),
        tried=tries.newest(conn, SHOWN_TRIES),
        outcomes=_outcomes(),
        missing=courses.missing(conn),
        offered=courses.installed(conn),
        today=calendar.day(node.moment().day_at),
        content_words=line_settings.content_words(node),
        record_words=line_settings.record_words(node),
        shelf=node.shelf,
        now=node.clock.now(),
    )


@bp.get("/sync/receipt")
@keeper_required
def slip() -> ResponseReturnValue:
    """The last receipt of the hub, to be printed."""
    newest_slip = receipts.newest(runtime().store.read())
    if newest_slip is None:
        raise NotFound("no receipt yet")
    return render_template(
        "results/slip.html",
        learner=None,
        slip=newest_slip,
        what=[],
        back=url_for(".sync"),
        printed_at=runtime().clock.now(),
    )


@bp.post("/sync")
@keeper_required
def sync_now() -> ResponseReturnValue:
    """Sync at once; the page is told how many tries there were, to know when this one is over."""
    before = tries.count(runtime().store.read())
    runtime().courier.sync_now()
    return redirect(url_for(".sync", started=before), code=303)


@bp.get("/sync/progress")
@keeper_required
def sync_progress() -> ResponseReturnValue:
    """The step at hand, for the page's script."""
    step, state = runtime().courier.step, runtime().courier.state
    return jsonify(
        running=state.running or bool(step.phase),
        phase=step.phase,
        tries=tries.count(runtime().store.read()),
        done=step.done,
        total=step.total,
        line=state.ok,
        waiting=runtime().line().waiting_count,
    )


@bp.post("/backup")
@keeper_required
def back_up() -> ResponseReturnValue:
    """Copy what cannot come again from elsewhere into the data folder's ``backups``."""
    folder = well_being.back_up(runtime())
    flash(_("已备份到 %(folder)s。", folder=folder))
    return redirect(url_for(".home"), code=303)


@bp.post("/clock")
@keeper_required
def look_at_clock() -> ResponseReturnValue:
    """Read the PC's clock again: the keeper says it was set."""
    runtime().clock.recheck_clock()
    runtime().courier.clock_was_set()
    return redirect(url_for(".home"), code=303)


@bp.get("/password")
@keeper_required
def password_page() -> ResponseReturnValue:
    """Change one's own password."""
    return render_template("keeper/password.html", **_for_password())


@bp.post("/password")
@keeper_required
def change_password() -> ResponseReturnValue:
    """Keep the new password and end one's other sessions."""
    name, form, here = current_keeper(), request.form, current_session()
    keeper_accounts.change_password(
        runtime(),
        name,
        form.get("old", ""),
        form.get("new", ""),
        form.get("again", ""),
        source(),
    )
    runtime().sessions.end_all(keeper=name, but=here.id if here else "")
    flash(_("密码已更换。"))
    return redirect(url_for(".home"), code=303)


@bp.errorhandler(InputError)
def say_on_form(error: InputError) -> ResponseReturnValue:
    """What was wrong with the new password, above its form; the rest on a page of its own."""
    if isinstance(error, SessionExpired):
        return redirect(url_for("auth.keeper_sign_in_page"), code=303)
    words = _(error.words, **error.values)
    form = request.endpoint == "keeper.change_password"
    template, more = ("keeper/password.html", _for_password()) if form else ("refused.html", {})
    return render_template(template, words=words, error=error, **more), error.status


def _for_password() -> dict[str, bool]:
    known = keepers.find(runtime().store.read(), current_keeper())
    return {"must": known is not None and known.initial}


def _outcomes() -> dict[str, str]:
    """What the outcomes of tries mean, in a few words."""
    return {
        "line-down": _("线路不通"),
        "not-the-hub": _("被上网认证页面或代理挡住"),
        "wrong-certificate": _("证书不可信"),
        "expired-certificate": _("证书不在有效期内"),
        "no-ca-file": _("没有证书文件"),
        "hub-busy": _("枢纽正忙"),
        "hub-failed": _("总局的服务器出了故障"),
        "hub-refused": _("枢纽拒绝"),
        "foreign-receipt": _("记录对不上"),
        "disk-full": _("磁盘已满"),
        "disk-fault": _("磁盘出错"),
        "store-busy": _("本机正忙"),
        "node-error": _("出了点问题，请稍后再试。"),
    }


def _learner(number: str) -> Learner:
    learner = learners.find(runtime().store.read(), number)
    if learner is None:
        raise NotFound(f"learner {number}")
    return learner
