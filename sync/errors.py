"""Errors of the exchange; the first split is whose doing it was (codes: docs/errors.md).

``PeerError``: what came from outside is wrong; no input, however hostile, raises anything else.
``UsageError``: we called with values that cannot be sent; a bug or a limit on our side.
"""


class SyncError(Exception):
    """Base of every error of ``sync``. ``code`` is stable: wire, logs, docs/errors.md."""

    code = "sync"


class UsageError(SyncError):
    """A value that we meant to send does not fit the protocol."""

    code = "sync-usage"


class WrongPassphrase(SyncError):
    """A passphrase that does not open what it is to open."""

    code = "wrong-passphrase"


class PeerError(SyncError):
    """What came from the other side is not what the protocol says."""

    code = "peer"


class MalformedBytes(PeerError):
    """The bytes do not have the layout of the message they claim to be."""

    code = "malformed"


class TooLarge(PeerError):
    """More bytes, records or output than the protocol allows."""

    code = "too-large"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} is larger than the limit of {limit}")
        self.limit = limit


class BadSignature(PeerError):
    """The signature does not fit the bytes, the purpose and the key."""

    code = "bad-signature"


class WeakKey(PeerError):
    """A public key that would accept signatures nobody made (small order or not canonical)."""

    code = "weak-key"


class MalformedCode(PeerError):
    """A join code that cannot be one: wrong length or letters."""

    code = "malformed-code"


class WrongCode(PeerError):
    """The two sides do not hold the same join code."""

    code = "wrong-code"


class NotForUs(PeerError):
    """A parcel that cannot be opened: sealed to another key, or changed on the way."""

    code = "not-for-us"


class BrokenSuccession(PeerError):
    """Certificates that do not lead from the key we know to the one that signed."""

    code = "broken-succession"


class WrongNode(PeerError):
    """A batch or receipt names another node than the one it came from."""

    code = "wrong-node"

    def __init__(self, expected: int, got: int) -> None:
        super().__init__(f"node {expected} sent bytes that name node {got}")
        self.expected = expected
        self.got = got


class SequenceGap(PeerError):
    """The batch does not begin where the chain ends."""

    code = "sequence-gap"

    def __init__(self, node: int, expected: int, got: int) -> None:
        super().__init__(f"batch of node {node} starts at {got}, expected {expected}")
        self.expected = expected
        self.got = got


class BrokenChain(PeerError):
    """The batch begins at the right record but names another predecessor: two histories."""

    code = "broken-chain"

    def __init__(self, node: int, seq: int) -> None:
        super().__init__(f"batch of node {node} at {seq} follows another batch than ours")
        self.seq = seq


class UnknownName(PeerError):
    """A batch refers to a name that no batch of its chain has introduced."""

    code = "unknown-name"


class BadProof(PeerError):
    """A proof that does not show what it is said to show."""

    code = "bad-proof"
