"""Open pages: which page of a paper takes answers while it is open on two devices.

The page that was opened last goes on; the other one is told so with its next question and shows
no tick meanwhile. Kept in memory: after a restart the page that speaks first goes on. A page
without JavaScript sends its whole form and is never refused.
"""

from threading import Lock

# Far more than a station has learners; a page that was forgotten goes on when it speaks.
MOST = 2000


class OpenPages:
    """The page of each open paper that goes on; papers and pages are names."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: dict[str, str] = {}

    def take(self, paper: str, page: str) -> None:
        """From here on ``page`` goes on with ``paper``."""
        with self._lock:
            self._pages.pop(paper, None)
            self._pages[paper] = page
            if len(self._pages) > MOST:
                del self._pages[next(iter(self._pages))]

    def is_elsewhere(self, paper: str, page: str) -> bool:
        """Whether another page goes on with ``paper``; where none does, ``page`` does now."""
        with self._lock:
            return self._pages.setdefault(paper, page) != page
