"""Refused: one thing of a file that cannot be taken, and why."""


class Refused(Exception):
    """One question cannot be taken: ``code`` of a fault, and what fills its text."""

    def __init__(self, code: str, /, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
