"""Errors of sitting an exam (docs/errors.md)."""

from node.errors import InputError


class ExamElsewhere(InputError):
    """The learner left this station while an exam ran: it is finished, no other one begins."""

    code = "exam-elsewhere"
    status = 403
    words = "您已经不属于本站：正在考的这一场可以考完，别的考试请到您现在的站点考。"


class BadResponse(InputError):
    """An answer names what its question does not offer."""

    code = "bad-response"
    words = "这个答案不符合题目要求，没有保存，请重新作答。"

    def __init__(self, question: str, given: str) -> None:
        super().__init__(f"answer to {question}: {given!r}")
        self.question = question


class NotAnswered(BadResponse):
    """A mark was asked for, and nothing was answered."""

    code = "not-answered"
    words = "还没有作答。作答以后再点“看对错”。"


class NoNumber(BadResponse):
    """A number is asked for, and something else was written."""

    code = "no-number"
    words = "这里要填一个数，如 12 或 3.5。没有保存，请改一下。"


class TimeIsOver(InputError):
    """The answer came after the time of the attempt; what was saved before is handed in."""

    code = "time-is-over"
    status = 409
    words = "考试时间已到，这一题没有保存。之前已存的答案已经交卷。"


class AlreadyHandedIn(InputError):
    """The attempt was handed in; nothing in it changes any more."""

    code = "already-handed-in"
    status = 409
    words = "这份答卷已经交卷，不能再修改。"
