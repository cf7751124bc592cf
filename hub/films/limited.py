"""Limited: becomes another program, which may use only so much and dies with the hub.

``python limited.py SECONDS MEMORY FILE PROGRAM ARGUMENT…``: processor time, bytes of memory, bytes
of the largest file. A file of its own and not a function of ``hub.films.ffmpeg``: between fork and
exec a process with threads may not run Python.
"""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> None:
    """Take the limits on and become the program."""
    seconds, memory, largest = (int(number) for number in arguments[:3])
    parent = os.getppid()
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the hub ended meanwhile
        sys.exit(1)
    os.setpriority(os.PRIO_PROCESS, 0, 19)  # whoever asks the hub for something goes first
    for limit, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (most, most))
    for ignored in (signal.SIGXFSZ, signal.SIGPIPE):  # by Python; the program must end by them
        signal.signal(ignored, signal.SIG_DFL)
    os.execv(arguments[3], arguments[3:])  # noqa: S606  the hub's own command line


if __name__ == "__main__":
    main(sys.argv[1:])
