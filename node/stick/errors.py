"""Faults of sticks, in words for the keeper who holds one. The tree is ``node.errors``."""

from __future__ import annotations

from node.errors import InputError, MachineError


class StickUnknown(InputError):
    """The folder that was chosen is not there, or no stick is in."""

    code = "no-stick"
    status = 409
    words = "没有找到这个 U 盘。请把它插好，等几秒钟再试。"


class StickPulled(MachineError):
    """The stick was pulled or failed; records are all here still."""

    code = "stick-gone"
    words = "U 盘中途被拔出，或者读写出错。记录都还在本机，没有丢失；请重新插好再做一次。"


class StickTooSmall(MachineError):
    """There is no room on the stick."""

    code = "stick-full"
    words = "U 盘空间不够。请删除 U 盘上不用的文件，或者换一个 U 盘。"


class StickReadOnly(MachineError):
    """The stick may not be written."""

    code = "stick-locked"
    words = "这个 U 盘不能写入。请看看它侧面的写保护开关，或者换一个 U 盘。"


class StickTooFull(MachineError):
    """A folder of ours on the stick holds more files than we ever put there."""

    code = "stick-crowded"
    words = "U 盘的 xuezhan 文件夹里有太多不明文件，没有读取。请换一个 U 盘，并告诉总局。"


class StickStrange(MachineError):
    """On the stick a link, a device or a folder stands where a file or folder of ours should."""

    code = "strange-file"
    words = "U 盘的 xuezhan 文件夹被人动过，没有读取。请换一个 U 盘，并告诉总局。"
