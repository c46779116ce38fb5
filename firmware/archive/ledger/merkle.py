"""Merkle tree hashing of RFC 6962, section 2.1, pure: digests in, digests out.

A tree of n leaves has one root.  `inclusion` proves that a leaf is in it with about
log2(n) digests, `consistency` that a later tree begins with an earlier one.  Each has
its verifier, which needs nothing but the proof.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

#: RFC 6962, 2.1: what tells a leaf from a node, so that neither passes for the other.
LEAF = b"\x00"
NODE = b"\x01"
#: Root of a tree without leaves.
EMPTY = hashlib.sha256().digest()
DIGEST_BYTES = 32

Proof = list[bytes]
#: Root of the leaves from one index up to another.
Span = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return the digest of one leaf."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the digest of two neighbouring subtrees."""
    return hashlib.sha256(NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf digests."""
    return fold(peaks(leaves))


def peaks(leaves: Iterable[bytes]) -> Proof:
    """Return the roots of the whole subtrees, largest first: one per bit of n."""
    found: list[bytes] = []
    for count, leaf in enumerate(leaves):
        push(found, count, leaf)
    return found


def push(found: Proof, count: int, leaf: bytes) -> None:
    """Add one leaf to the peaks of a tree that has `count` leaves, in place."""
    while count & 1:
        leaf = node_hash(found.pop(), leaf)
        count >>= 1
    found.append(leaf)


def fold(found: Sequence[bytes]) -> bytes:
    """Return the root of a tree given its peaks."""
    if not found:
        return EMPTY
    digest = found[-1]
    for peak in reversed(found[:-1]):
        digest = node_hash(peak, digest)
    return digest


def spans_of(leaves: Sequence[bytes]) -> Span:
    """Return what gives the root of any stretch of these leaf digests."""
    return lambda first, last: root(leaves[first:last])


def inclusion(index: int, size: int, span: Span) -> Proof:
    """Return the audit path of a leaf, RFC 6962, 2.1.1."""
    if not 0 <= index < size:
        raise ValueError(f"index: want 0..{size - 1}, got {index}")
    first, last, above = 0, size, []
    while last - first > 1:
        middle = first + split(last - first)
        if index < middle:
            above.append(span(middle, last))
            last = middle
        else:
            above.append(span(first, middle))
            first = middle
    return above[::-1]


def consistency(old: int, size: int, span: Span) -> Proof:
    """Return the proof that the first `old` leaves are unchanged, RFC 6962, 2.1.2."""
    if not 0 <= old <= size:
        raise ValueError(f"old: want 0..{size}, got {old}")
    if old in (0, size):
        return []
    first, last, above = 0, size, []
    while last != old:
        middle = first + split(last - first)
        if old <= middle:
            above.append(span(middle, last))
            last = middle
        else:
            above.append(span(first, middle))
            first = middle
    if first:
        above.append(span(first, last))
    return above[::-1]


def root_of_inclusion(index: int, size: int, leaf: bytes, proof: Proof) -> bytes:
    """Return the root that an audit path leads to, RFC 9162, 2.1.3.2.

    Raises ValueError if the path cannot belong to that place in a tree of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"index: want 0..{size - 1}, got {index}")
    place, last, digest = index, size - 1, leaf
    for other in proof:
        if last == 0:
            raise ValueError("proof: too long")
        if place & 1 or place == last:
            digest = node_hash(other, digest)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, other)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("proof: too short")
    return digest


def is_included(
    index: int, size: int, leaf: bytes, proof: Proof, expected: bytes
) -> bool:
    """Tell whether an audit path leads from a leaf to the expected root."""
    try:
        return root_of_inclusion(index, size, leaf, proof) == expected
    except ValueError:
        return False


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Proof
) -> bool:
    """Tell whether a tree of `new` leaves begins with one of `old`: RFC 9162, 2.1.4."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, other)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def split(count: int) -> int:
    """Return the largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1
