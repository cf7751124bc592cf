"""Trust errors: why a pack is not accepted as the one that headquarters releases.

Installed courses stay in use in any case; these errors are about new ones.
"""

from __future__ import annotations

from node.errors import LineError


class UntrustedRelease(LineError):
    """Something about a release is not as headquarters signs it.

    ``todo``: what the keeper is to do; "" if it solves itself.
    """

    code = "release-untrusted"
    words = "新课程没有通过核对，没有安装；已装好的照常使用。"
    todo = ""


class ReleaseStale(UntrustedRelease):
    """The metadata was good once; somebody holds newer metadata back, or nobody signed any."""

    code = "release-stale"
    words = (
        "课程目录过期了，新课程先不安装；已装好的照常使用。"
        "请让本机连上总局，或者用新从总局带回的 U 盘。"
    )
    todo = "连上总局同步一次，或者用新从总局带回的 U 盘"


class ReleaseRolledBack(UntrustedRelease):
    """The metadata is older than what this node has seen."""

    code = "release-rolled-back"
    words = (
        "收到的课程目录比本机已有的还旧，没有采用；已装好的照常使用。"
        "请换新从总局带回的 U 盘，或者等线路通了再试。"
    )
    todo = "换新从总局带回的 U 盘，或者等线路通了再试"


class ReleaseMixed(UntrustedRelease):
    """The pieces are of different days: each is signed, but they do not fit together."""

    code = "release-mixed"
    words = "收到的课程目录前后不一致，没有采用；已装好的照常使用，稍后会自动再试。"


class ReleaseForged(UntrustedRelease):
    """The signatures are not those that the root asks for, or the bytes are no metadata."""

    code = "release-forged"
    words = (
        "收到的课程目录不是总局签发的，没有采用；已装好的照常使用。"
        "换一条线路或一个 U 盘再试；还是这样，请打电话给总局。"
    )
    todo = "换一条线路或一个 U 盘再试，还不行就打电话给总局"


class ReleaseTooLarge(UntrustedRelease):
    """Far more bytes came than metadata has."""

    code = "release-too-large"
    words = "收到的课程目录大得不合理，没有采用；已装好的照常使用，稍后会自动再试。"


class ReleaseIncomplete(UntrustedRelease):
    """Pieces are missing: whoever was asked does not have them."""

    code = "release-incomplete"
    words = "课程目录还没有收全，新课程先不安装；已装好的照常使用，稍后会自动再试。"


class ReleaseUnknown(UntrustedRelease):
    """The metadata is good and does not list what was ordered."""

    code = "release-unknown"
    words = (
        "总局的课程目录里没有要装的这个版本，先不安装；已装好的照常使用。"
        "下次同步会自动再试；过了一天还是这样，请打电话给总局。"
    )


class ReleaseOther(UntrustedRelease):
    """The metadata lists this version with another pack than the one that was ordered."""

    code = "release-other"
    words = "总局的课程目录与指令说的不是同一个课件包，没有安装；已装好的照常使用。请打电话给总局。"
    todo = "打电话给总局：课程目录与指令不一致"


BY_CODE: dict[str, type[UntrustedRelease]] = {
    kind.code: kind for kind in UntrustedRelease.__subclasses__()
}
