"""The keeper's pages: is all well, sync, password. Learners and who studies now: neighbours."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node import calendar
from node.errors import InputError, NotFound, SessionExpired
from node.exchange import receipts
from node.keeper import health as well_being
from node.keeper import line_settings, presence, sync_days
from node.sign_in import keeper_accounts
from node.store import courses, keepers, meta, outbox, tries
from node.web.auth import current_keeper, current_session, keeper_required, source
from node.web.current import runtime
from node.web.keeper.addresses import addresses_here

bp = Blueprint("keeper", __name__, url_prefix="/keeper")


@bp.get("/")
@keeper_required
def home() -> ResponseReturnValue:
    """Is all well, and what to do next."""
    return render_template(
        "keeper/home.html",
        well=well_being.look(runtime()),
        present=presence.now_studying(runtime()),
        addresses=addresses_here(),
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
        days=sync_days.by_day(tries.since(conn, node.clock.now() - sync_days.DAYS * 86_400)),
        outcomes=_outcomes(),
        missing=courses.missing(conn),
        offered=courses.installed(conn),
        today=calendar.day(node.moment().day_at),
        this_day=calendar.day(node.clock.now()),
        content_words=line_settings.content_words(node),
        exams=node.courier.policy.exams_sat(),
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
