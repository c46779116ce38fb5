"""master.pcm.sealed: how PCM lies sealed in pages while a call is recorded.

A header page, then pages of 4096 bytes: 2040 samples (little-endian int16) and 16
bytes of tag; at the end of a file that was closed in order one shorter page of 0 to
2039 samples with the last flag.  Each page is sealed with ChaCha20-Poly1305 under
HKDF-SHA-256(file key, nonce, "linekeeper.audio/v1/pages"), its nonce being

    cut (4 bytes, big-endian) || page number from 0 (7 bytes) || last flag (1 byte)

Where a recording was cut back, its pages from there on are written anew.  `cuts` in
the header lists the first page of each; the cut of a page is the number of the last
entry that is not beyond it, from 1, or 0.  So no nonce ever serves twice.

Header page: ``LKAUDIO1``, u32 sample rate, u32 number of cuts, 16 bytes nonce,
32 bytes call id (ASCII, zeros), u64 samples (all ones while the file grows), u32
first page of each cut, zeros; its last 32 bytes are an HMAC-SHA-256 of the rest under
HKDF-SHA-256(file key, nonce, "linekeeper.audio/v1/header").  Numbers are big-endian.
"""

import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.archive import wav
from firmware.archive.seal.header import derive
from firmware.errors import SealBroken

MAGIC = b"LKAUDIO1"
#: What the kernel writes at least, bytes.
PAGE = 4096
TAG = 16
#: PCM in a page, bytes and samples: 0.255 s.
PCM = PAGE - TAG
SAMPLES = PCM // wav.SAMPLE_BYTES
NONCE = 16
GROWING = (1 << 64) - 1
_MAC = 32
_FIXED = struct.Struct(">8sII16s32sQ")
MAX_CUTS = (PAGE - _MAC - _FIXED.size) // 4
_INFO = b"linekeeper.audio/v1/"


def sealed_size(samples: int) -> int:
    """Return the length of a closed file with so many samples."""
    whole, rest = divmod(samples, SAMPLES)
    return PAGE + whole * PAGE + rest * wav.SAMPLE_BYTES + TAG


def offset_of(page: int) -> int:
    """Return the byte at which a page begins."""
    return PAGE + page * PAGE


@dataclass(frozen=True, slots=True)
class Header:
    """The first page of a file."""

    call_id: str
    nonce: bytes
    samples: int | None = None  # None while the file grows
    cuts: tuple[int, ...] = ()

    def pack(self, file_key: bytes) -> bytes:
        """Return the page."""
        samples = GROWING if self.samples is None else self.samples
        name = self.call_id.encode("ascii")
        head = _FIXED.pack(MAGIC, wav.FS, len(self.cuts), self.nonce, name, samples)
        head += struct.pack(f">{len(self.cuts)}I", *self.cuts)
        head = head.ljust(PAGE - _MAC, b"\0")
        return head + self._mac(file_key, head)

    @classmethod
    def parse(cls, data: bytes) -> "Header":
        """Return what a page says; SealBroken if it is not a header.  No key needed."""
        if len(data) < PAGE:
            raise SealBroken("the sealed audio is cut off within its header")
        magic, rate, cuts, nonce, name, samples = _FIXED.unpack_from(data)
        if magic != MAGIC or rate != wav.FS or cuts > MAX_CUTS or not name.isascii():
            raise SealBroken("this is not sealed audio")
        listed = struct.unpack_from(f">{cuts}I", data, _FIXED.size)
        known = None if samples == GROWING else samples
        return cls(name.rstrip(b"\0").decode("ascii"), nonce, known, listed)

    def verify(self, data: bytes, file_key: bytes) -> None:
        """Raise SealBroken if a page that was parsed is not what was written."""
        head, mac = data[: PAGE - _MAC], data[PAGE - _MAC : PAGE]
        if not hmac.compare_digest(self._mac(file_key, head), mac):
            raise SealBroken("the header of the sealed audio has been altered")

    def closed(self, samples: int) -> "Header":
        """Return the header of the complete file."""
        return replace(self, samples=samples)

    def cut(self, page: int) -> "Header":
        """Return the header after pages from `page` on are to be written anew."""
        return replace(self, cuts=(*self.cuts, page))

    def whole(self, length: int) -> bool:
        """Tell whether a file of this length was closed in order."""
        return self.samples is not None and length == sealed_size(self.samples)

    def samples_in(self, length: int) -> int:
        """Return the samples in a file of this length."""
        if self.samples is not None and self.whole(length):
            return self.samples
        return max(0, length - PAGE) // PAGE * SAMPLES

    def _mac(self, file_key: bytes, head: bytes) -> bytes:
        key = derive(file_key, self.nonce, _INFO + b"header")
        return hmac.digest(key, head, "sha256")


class Pages:
    """Seals and opens the pages of one file."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._cipher = ChaCha20Poly1305(derive(file_key, nonce, _INFO + b"pages"))

    def seal(
        self, pcm: bytes | bytearray, page: int, cuts: Sequence[int], *, last: bool
    ) -> bytes:
        """Return a page; whoever seals sees to it that the place is new."""
        return self._cipher.encrypt(_nonce(page, cuts, last), pcm, None)

    def open(
        self, sealed: bytes | memoryview, page: int, cuts: Sequence[int], *, last: bool
    ) -> bytes:
        """Return the PCM of a page; SealBroken if it is not what was sealed there."""
        try:
            return self._cipher.decrypt(_nonce(page, cuts, last), sealed, None)
        except InvalidTag as error:
            raise SealBroken(f"page {page + 1} is not what was sealed") from error


def _nonce(page: int, cuts: Sequence[int], last: bool) -> bytes:
    count = len(cuts)
    cut = next((n for n in range(count, 0, -1) if cuts[n - 1] <= page), 0)
    return cut.to_bytes(4, "big") + page.to_bytes(7, "big") + bytes([last])
