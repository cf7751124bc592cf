"""Errors of what stations and those who prove their records bring (docs/errors.md)."""

from hub.errors import HubError, InputError


class CodeUsed(InputError):
    """A join code that another node used before."""

    code = "code-used"
    status = 409

    def __init__(self, code_id: str) -> None:
        super().__init__(f"code {code_id}-… was used; ask headquarters for a new one")


class CodeExpired(InputError):
    """A join code that was not used in time."""

    code = "code-expired"
    status = 410

    def __init__(self, code_id: str) -> None:
        super().__init__(f"code {code_id}-… has expired; ask headquarters for a new one")


class KeyTaken(InputError):
    """A node wants to join with the key of another one: a copied disk."""

    code = "key-taken"
    status = 409

    def __init__(self, fingerprint: str) -> None:
        super().__init__(f"key {fingerprint} belongs to another node; was the disk copied?")


class NoSuchRecord(InputError):
    """A record that the hub does not hold."""

    code = "no-such-record"
    status = 404

    def __init__(self, node: int, epoch: int, seq: int) -> None:
        super().__init__(f"the hub holds no record {seq} of node {node} in epoch {epoch}")


class NotAReceipt(InputError):
    """A file that holds no receipt of this hub."""

    code = "not-a-receipt"

    def __init__(self, why: str) -> None:
        super().__init__(f"no receipt of this hub: {why}")


class NotAProof(InputError):
    """A file that is no proof."""

    code = "not-a-proof"

    def __init__(self, why: str) -> None:
        super().__init__(f"not a proof: {why}")


class ProofFailed(HubError):
    """A proof that does not show what it should; ``faults`` names all that fails."""

    code = "proof-failed"

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{code}: {words}" for code, words in faults))
        self.faults = [code for code, _words in faults]
