"""Signed notes against the example of the C2SP specification, and bad ones."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.archive.ledger.note import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    note_key,
)

#: golang.org/x/mod/sumdb/note, package documentation: key, text and signature.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN"
    "1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHECKPOINT = Checkpoint("linekeeper/test", 7, bytes(range(32)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "text\n\nsigned by nobody\n",
        "text\n\n— name\n",
        "text\n\n— name !!!\n",
        "text\n\n— name AAAA",
    ],
)
def test_what_is_not_a_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="not a sign"):
        Note.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AAAA",
        "name+zz+!!",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY[:-4],
    ],
)
def test_a_damaged_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        NoteKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n",
        "origin\n1\n",
        "origin\nmany\nAAAA\n",
        "origin\n1\nAAAA\n",
        f"origin\n01\n{'A' * 43}=\n",
        f"origin\n-1\n{'A' * 43}=\n",
        f"\n1\n{'A' * 43}=\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="not a checkpoint"):
        Checkpoint.of(Note(text))


def test_the_note_of_the_go_documentation() -> None:
    key, note = NoteKey.parse(GO_KEY), Note.parse(GO_NOTE)
    assert key.text == GO_KEY
    assert note.text == GO_TEXT
    assert str(note) == GO_NOTE
    assert key.check(note) is None


def test_a_changed_text_is_not_signed() -> None:
    note = Note.parse(GO_NOTE.replace("answer", "question"))
    with pytest.raises(NoteError, match="no good signature of PeterNeumann"):
        NoteKey.parse(GO_KEY).check(note)


def test_a_checkpoint_is_read_back() -> None:
    note = Note(CHECKPOINT.text).signed("linekeeper/test", KEY)
    again = Note.parse(str(note))
    assert Checkpoint.of(again) == CHECKPOINT
    assert note_key("linekeeper/test", KEY).check(again) is None
    with pytest.raises(NoteError):
        note_key("linekeeper/other", KEY).check(again)


def test_a_witness_says_when() -> None:
    witness = Ed25519PrivateKey.generate()
    note = Note(CHECKPOINT.text).signed("linekeeper/test", KEY)
    note = note.cosigned("witness.example", witness, 1_800_000_000)
    again = Note.parse(str(note))
    key = note_key("witness.example", witness, COSIGNATURE)
    assert key.check(again) == 1_800_000_000
    assert NoteKey.parse(key.text) == key
    name, key_id, signature = again.signatures[1]
    later = (name, key_id, signature[:7] + b"\x01" + signature[8:])
    with pytest.raises(NoteError):
        key.check(Note(again.text, (later,)))
    with pytest.raises(NoteError):
        key.check(Note(again.text, ((name, key_id, signature[:20]),)))
