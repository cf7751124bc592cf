"""Merkle: a log of what the hub holds that cannot be rewritten unseen (SPEC.md §10).

Hashing, inclusion and consistency proofs of RFC 6962. The hub keeps the frontier (one hash for each
set bit of the size) to grow the log, and the leaves to make proofs; whoever has a checkpoint
(size, root) and a proof needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sync.errors import BadProof

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The log so far: its size and the roots of its full subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The log with ``leaf`` behind it."""
        peaks, size, node = list(self.peaks), self.size, leaf_hash(leaf)
        # §10.1  Each full pair of trees of one size becomes a tree of twice the size.
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """The root over all leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        # §10.1  The smaller trees hang to the right of the larger ones.
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962 §2.1: a leaf cannot be taken for a node."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 §2.1."""
    return sha256(b"\1" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over ``leaves``."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that leaf ``index`` (from 0) is in the log of ``leaves`` (RFC 6962 §2.1.1)."""
    if len(leaves) == 1:
        return []
    # §10.2  The half with the leaf by its path, the other half by its root.
    split = _split(len(leaves))
    if index < split:
        return [*inclusion(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion(leaves[split:], index - split), root_of(leaves[:split])]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return if ``proof`` shows that ``leaf`` stands at ``index`` of the log (``size``, ``root``).

    Raises:
        BadProof: it does not.
    """
    if not 0 <= index < size:
        raise BadProof(f"leaf {index} of a log of {size}")
    node, left = leaf_hash(leaf), list(proof)
    path, last = index, size - 1
    while last:
        # §10.2  A node without a right sibling goes up as it is.
        if path & 1 or path < last:
            if not left:
                raise BadProof("the proof is too short")
            other = left.pop(0)
            node = node_hash(other, node) if path & 1 else node_hash(node, other)
        path >>= 1
        last >>= 1
    if left or node != root:
        raise BadProof("the proof leads to another root")


def consistency(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the log of ``leaves`` begins with its first ``old_size`` (RFC 6962 §2.1.2)."""
    if not 0 < old_size <= len(leaves):
        raise BadProof(f"an old size of {old_size} in a log of {len(leaves)}")
    return _subproof(leaves, old_size, whole=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    # §10.2  Whoever asks knows the root of the whole old log, but not that of a part.
    if old_size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, whole=whole), root_of(leaves[split:])]
    right = _subproof(leaves[split:], old_size - split, whole=False)
    return [*right, root_of(leaves[:split])]


def check_consistency(
    old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]
) -> None:
    """Return if ``proof`` shows that the log ``new`` = (size, root) only grew from ``old``.

    Raises:
        BadProof: it does not.
    """
    (old_size, old_root), (new_size, new_root) = old, new
    if not 0 < old_size <= new_size:
        raise BadProof(f"a log cannot grow from {old_size} to {new_size}")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise BadProof("two roots for one size")
        return
    path, last = old_size - 1, new_size - 1
    # §10.2  Where the old log ends at a full tree, its root is the first node of the proof.
    while path & 1:
        path, last = path >> 1, last >> 1
    left = list(proof) if path else [old_root, *proof]
    if not left or _grown(path, last, left) != (old_root, new_root):
        raise BadProof("the proof leads to other roots")


def _grown(path: int, last: int, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    """The old and the new root that ``proof`` leads to; None if its length does not fit."""
    was = now = proof.pop(0)
    while last:
        if path & 1 or path < last:
            if not proof:
                return None
            other = proof.pop(0)
            # §10.2  A node on the left belongs to both logs, one on the right to the new log only.
            if path & 1:
                was, now = node_hash(other, was), node_hash(other, now)
            else:
                now = node_hash(now, other)
        path, last = path >> 1, last >> 1
    return None if proof else (was, now)


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
