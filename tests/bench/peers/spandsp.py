"""SpanDSP through ctypes, fed with 20 ms chunks as a telephone switch feeds it."""

import ctypes
import ctypes.util
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 160

_DIGITS = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char), ctypes.c_int
)


@cache
def library() -> ctypes.CDLL | None:
    """Return libspandsp, or None if it is not installed."""
    name = ctypes.util.find_library("spandsp") or "libspandsp.so.2"
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


class Handle:
    """A receiver of the library; leaving the context gives it back."""

    def __init__(
        self, what: str, *args: Any, before: tuple[Any, ...] = (None,)
    ) -> None:
        lib = library()
        assert lib is not None
        make = getattr(lib, f"{what}_init")
        make.restype = ctypes.c_void_p
        self._free = getattr(lib, f"{what}_free")
        self._feed = getattr(lib, what)
        self.pointer = ctypes.c_void_p(make(*before, *args))

    def __enter__(self) -> "Handle":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._free(self.pointer)

    def feed(
        self, x: NDArray[np.int16], each: Callable[[int], None] | None = None
    ) -> None:
        """Feed samples in chunks; call `each` with the index after a chunk."""
        x = np.ascontiguousarray(x, np.int16)
        base, feed, pointer = x.ctypes.data, self._feed, self.pointer
        for at in range(0, x.size, CHUNK):
            n = min(CHUNK, x.size - at)
            feed(pointer, ctypes.c_void_p(base + 2 * at), n)
            if each is not None:
                each(at + n)


def dtmf(x: NDArray[np.int16], *, filter_dial_tone: bool = False) -> str:
    """Return the digits that SpanDSP hears."""
    heard: list[str] = []

    def on_digits(_: Any, digits: Any, n: int) -> None:
        heard.append(ctypes.string_at(digits, n).decode("ascii"))

    callback = _DIGITS(on_digits)
    with Handle("dtmf_rx", callback, None) as receiver:
        if filter_dial_tone:
            lib = library()
            assert lib is not None
            lib.dtmf_rx_parms(receiver.pointer, 1, -1, -1, -99)
        receiver.feed(x)
    return "".join(heard)


_MESSAGE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int
)
#: adsi.h: ADSI_STANDARD_CLASS (Bell 202), _CLIP (V.23), _JCLIP, _CLIP_DTMF.
STANDARDS = {"bell202": 1, "v23": 2, "japan": 4, "dtmf": 5}


def messages(x: NDArray[np.int16], standard: str) -> list[bytes]:
    """Return the caller-ID messages whose checksum SpanDSP found good."""
    heard: list[bytes] = []

    def on_message(_: Any, data: Any, n: int) -> None:
        heard.append(ctypes.string_at(data, n))

    callback = _MESSAGE(on_message)
    with Handle("adsi_rx", STANDARDS[standard], callback, None) as receiver:
        receiver.feed(x)
    return heard
