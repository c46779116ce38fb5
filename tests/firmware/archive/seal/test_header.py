"""age headers and keys as text: damage first, then what other programs make of them."""

import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.archive.seal import bech32, header
from firmware.archive.seal.stream import StreamWriter
from firmware.errors import SealBroken

#: BIP 173, test vectors.
VALID = ["A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
         "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"]  # fmt: skip
INVALID = ["split1cheo2y9e2w", "A12UEL5l", "pzry9x0s0muk", "1pzry9x0s0muk",
           "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee", "",
           "å1qqqqqq"]  # fmt: skip


@pytest.fixture
def key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.mark.parametrize("text", INVALID)
def test_text_that_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        bech32.decode(text)


@pytest.mark.parametrize("text", VALID)
def test_vectors_of_bip_173(text: str) -> None:
    prefix, _, rest = text.lower().rpartition("1")
    try:
        found, data = bech32.decode(text)
    except ValueError as error:
        assert "bits left over" in str(error)  # noqa: PT017  # five-bit vectors
    else:
        assert found == prefix
        assert bech32.encode(prefix, data) == f"{prefix}1{rest}"


@given(st.binary(max_size=90))
def test_text_and_back(data: bytes) -> None:
    text = bech32.encode("age", data)
    assert bech32.decode(text) == bech32.decode(text.upper()) == ("age", data)


@given(place=st.integers(0, 61), letter=st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6m"))
def test_a_typing_error_is_found(place: int, letter: str) -> None:
    text = bech32.encode("age", bytes(range(32)))
    wrong = text[:place] + letter + text[place + 1 :]
    if wrong != text:
        with pytest.raises(ValueError, match=r"\w"):
            header.read_recipient(wrong)


def test_keys_of_the_wrong_kind(key: X25519PrivateKey) -> None:
    public = header.recipient_text(key.public_key())
    with pytest.raises(ValueError, match="age-secret-key-1"):
        header.read_identity(public)
    with pytest.raises(ValueError, match="begins with age1"):
        header.read_recipient(header.identity_text(key))
    with pytest.raises(ValueError, match="begins with age1"):
        header.read_recipient(bech32.encode("age", bytes(31)))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_change_of_a_header_is_found(data: st.DataObject) -> None:
    key = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    head = bytearray(header.wrap(bytes(16), [key.public_key()]))
    place = data.draw(st.integers(0, len(head) - 1))
    head[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        header.unwrap(bytes(head), [key])


def test_any_cut_of_a_header_is_found(key: X25519PrivateKey) -> None:
    head = header.wrap(bytes(16), [key.public_key()] * 2)
    for cut in range(len(head)):
        with pytest.raises(SealBroken):
            header.unwrap(head[:cut], [key])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        bytes(1 << 20),
        b"age-encryption.org/v1\n",
        b"age-encryption.org/v1\n---\n",
        b"age-encryption.org/v1\n--- \n",
        b"age-encryption.org/v1\n-> X25519\n\n--- AAAA\n",
        b"age-encryption.org/v1\n-> X25519 a b\n\n--- AAAA\n",
        b"age-encryption.org/v1\n-> X25519 " + b"A" * 43 + b"\nAAAA\n--- AAAA\n",
        b"age-encryption.org/v1\n" + b"-> X25519 =\n" * 2000,
    ],
)
def test_what_is_no_header(head: bytes, key: X25519PrivateKey) -> None:
    with pytest.raises(SealBroken):
        header.unwrap(head, [key])


def test_share_of_low_order_opens_nothing(key: X25519PrivateKey) -> None:
    head = header.wrap(bytes(16), [key.public_key()])
    lines = head.split(b"\n")
    lines[1] = b"-> X25519 " + b"A" * 43
    with pytest.raises(SealBroken, match="another key"):
        header.unwrap(b"\n".join(lines), [key])


def test_header_for_another_key(key: X25519PrivateKey) -> None:
    head = header.wrap(bytes(16), [X25519PrivateKey.generate().public_key()])
    with pytest.raises(SealBroken, match="another key"):
        header.unwrap(head, [key])
    with pytest.raises(SealBroken, match="another key"):
        header.unwrap(head, [])


def test_each_recipient_opens_it() -> None:
    keys = [X25519PrivateKey.generate() for _ in range(3)]
    file_key = header.new_file_key()
    head = header.wrap(file_key, [key.public_key() for key in keys])
    for key in keys:
        assert header.unwrap(head, [key]) == file_key


def test_pyrage_opens_what_is_sealed_here(
    key: X25519PrivateKey, tmp_path: Path
) -> None:
    identity = pyrage.x25519.Identity.from_str(header.identity_text(key))
    assert str(identity.to_public()) == header.recipient_text(key.public_key())
    for size in (0, 1, 65535, 65536, 65537, 200_000):
        content = bytes(index % 251 for index in range(size))
        assert pyrage.decrypt(sealed(content, key, tmp_path), [identity]) == content


def test_what_pyrage_seals_opens_here(key: X25519PrivateKey) -> None:
    recipient = pyrage.x25519.Recipient.from_str(
        header.recipient_text(key.public_key())
    )
    made = pyrage.encrypt(b"what was said", [recipient])
    end = made.index(b"\n", made.index(b"\n---") + 1) + 1
    assert len(header.unwrap(made[:end], [key])) == 16


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_the_age_of_debian_opens_what_is_sealed_here(
    key: X25519PrivateKey, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "both").write_bytes(sealed(content, key, tmp_path))
    (tmp_path / "key.txt").write_text(header.identity_text(key) + "\n")
    command = ["age", "-d", "-i", str(tmp_path / "key.txt"), str(tmp_path / "both")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == content


def sealed(content: bytes, key: X25519PrivateKey, folder: Path) -> bytes:
    """Return header and payload one after the other, as `cat` puts them."""
    file_key = header.new_file_key()
    path = folder / "payload"
    with path.open("w+b") as file, StreamWriter(file.fileno(), file_key) as stream:
        stream.write(content)
    return header.wrap(file_key, [key.public_key()]) + path.read_bytes()
