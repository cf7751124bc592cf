"""A port that nobody listens on, for servers of tests, benches and the demonstration."""

import socket


def free_port() -> int:
    """A free port of this machine's loopback; another process could take it until it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
