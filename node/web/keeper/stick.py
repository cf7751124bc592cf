"""The keeper's page U 盘摆渡: choose the stick, one button, and when it may be pulled out."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from content.face.words import gettext as _
from node.stick.errors import StickUnknown
from node.stick.mounts import Mounted, mounted
from node.store import carried, journal
from node.web.auth import keeper_required
from node.web.current import runtime

bp = Blueprint("carry", __name__, url_prefix="/keeper/carry")

PLUG, PRESS, PULL = 1, 2, 3


@bp.get("/")
@keeper_required
def show() -> ResponseReturnValue:
    """What to do with this stick."""
    node, sticks = runtime(), _sticks()
    state = node.carrying.state
    ended = bool(request.args.get("ended")) and not state.running
    step = PULL if ended and state.done else PRESS if sticks or state.running else PLUG
    return render_template(
        "keeper/carry.html",
        sticks=sticks,
        state_of=state,
        ended=ended,
        step=step,
        progress_of=node.stick.progress.now,
        waiting=journal.waiting(node.store.read()).count,
        journeys=carried.newest(node.store.read()),
        outcomes=_outcomes(),
    )


@bp.post("/")
@keeper_required
def begin() -> ResponseReturnValue:
    """Carry: only sticks that are in can be chosen, never any other folder."""
    chosen = request.form.get("stick", "")
    stick = next((stick for stick in _sticks() if str(stick.path) == chosen), None)
    if stick is None:
        raise StickUnknown(chosen)
    runtime().carrying.start(stick.path)
    return redirect(url_for(".show", ended=1), code=303)


@bp.get("/progress")
@keeper_required
def progress() -> ResponseReturnValue:
    """How far it is, for the page's script; ``sticks`` tells it that one was plugged in."""
    node = runtime()
    step = node.stick.progress.now
    return jsonify(
        running=node.carrying.state.running,
        phase=step.phase,
        done=step.done,
        total=step.total,
        sticks=[str(stick.path) for stick in _sticks()],
    )


def _sticks() -> list[Mounted]:
    return mounted(runtime().config.stick_folders)


def _outcomes() -> dict[str, str]:
    """What ended a journey early, in a few words."""
    return {
        "stick-gone": _("中途拔出"),
        "stick-full": _("U 盘空间不够"),
        "stick-locked": _("U 盘不能写入"),
        "stick-crowded": _("不明文件太多"),
        "strange-file": _("文件夹被动过"),
        "disk-full": _("本机磁盘已满"),
        "disk-fault": _("本机磁盘出错"),
        "not-joined": _("还没有加入学站"),
    }
