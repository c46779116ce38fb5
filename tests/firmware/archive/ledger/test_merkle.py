"""The tree against the test vectors of Certificate Transparency, and against itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.archive.ledger import merkle

#: google/certificate-transparency, merkle_tree_test.cc: 1..8 leaves.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [merkle.leaf_hash(data) for data in INPUTS]
SPANS = merkle.spans_of(LEAVES)
#: The same test's audit paths: (leaf from 1, tree size, path).
PATHS = (
    (1, 1, ()),
    (
        1,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        6,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (
        3,
        3,
        ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    ),
    (
        2,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
#: Its consistency proofs: (old size, new size, proof).
STEPS = (
    (1, 1, ()),
    (
        1,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        6,
        8,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (
        2,
        5,
        (
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
SIZES = st.integers(1, 70)


def numbered(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_path(index: int) -> None:
    with pytest.raises(ValueError, match=r"want 0\.\.2"):
        merkle.inclusion(index, 3, merkle.spans_of(numbered(3)))


@pytest.mark.parametrize("old", [-1, 4])
def test_no_proof_from_a_tree_larger_than_the_new_one(old: int) -> None:
    with pytest.raises(ValueError, match=r"want 0\.\.3"):
        merkle.consistency(old, 3, merkle.spans_of(numbered(3)))


def test_the_empty_tree() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([]).hex() == empty


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_certificate_transparency(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("leaf", "size", "path"), PATHS)
def test_paths_of_certificate_transparency(
    leaf: int, size: int, path: tuple[str, ...]
) -> None:
    found = merkle.inclusion(leaf - 1, size, SPANS)
    assert [digest.hex() for digest in found] == list(path)


@pytest.mark.parametrize(("old", "new", "proof"), STEPS)
def test_steps_of_certificate_transparency(
    old: int, new: int, proof: tuple[str, ...]
) -> None:
    found = merkle.consistency(old, new, SPANS)
    assert [digest.hex() for digest in found] == list(proof)


@settings(deadline=None)
@given(SIZES, st.data())
def test_every_path_leads_to_the_root_and_to_no_other(
    size: int, data: st.DataObject
) -> None:
    leaves = numbered(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(index, size, merkle.spans_of(leaves))
    top = merkle.root(leaves)
    assert merkle.is_included(index, size, leaves[index], path, top)
    other = merkle.leaf_hash(b"another")
    assert not merkle.is_included(index, size, other, path, top)
    assert not merkle.is_included(index, size, leaves[index], [*path, other], top)
    assert not merkle.is_included(size, size, leaves[index], path, top)
    if path:
        assert not merkle.is_included(index, size, leaves[index], path[1:], top)
        elsewhere = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
        assert not merkle.is_included(elsewhere, size, leaves[index], path, top)


@settings(deadline=None)
@given(SIZES, st.data())
def test_a_tree_that_grew_is_told_from_one_that_was_changed(
    new: int, data: st.DataObject
) -> None:
    leaves = numbered(new)
    old = data.draw(st.integers(0, new))
    proof = merkle.consistency(old, new, merkle.spans_of(leaves))
    top = merkle.root(leaves)
    before = merkle.root(leaves[:old])
    assert merkle.is_consistent(old, new, before, top, proof)
    if old:
        changed = [*leaves[: old - 1], merkle.leaf_hash(b"x")]
        assert not merkle.is_consistent(old, new, merkle.root(changed), top, proof)
    other = merkle.leaf_hash(b"another")
    assert not merkle.is_consistent(old, new, before, other, proof) or old == 0
    assert not merkle.is_consistent(old, new, before, top, [*proof, other])
    assert not merkle.is_consistent(new + 1, new, before, top, proof)


@given(st.integers(1, 300))
def test_peaks_grow_leaf_by_leaf(size: int) -> None:
    leaves = numbered(size)
    found: list[bytes] = []
    for count, leaf in enumerate(leaves):
        merkle.push(found, count, leaf)
    assert len(found) == size.bit_count()
    assert merkle.fold(found) == merkle.root(leaves)
