"""Puts the certificates of a timestamp into the order of DER's SETs (X.690, 11.6).

OpenSSL writes them as they come, and a strict reader then refuses the token.  They
are not covered by its signature, so that their order may be mended.
"""

from collections.abc import Sequence

#: RFC 5652, 5.1: the certificates of SignedData; their tag, and the way to them from
#: TimeStampResp (RFC 3161, 2.4.2): the place among the parts at each level.
_CERTIFICATES = 0xA0
_WAY = (1, 1, 0)
#: X.690, 8.1.3: lengths from here on take bytes of their own.
_LONG = 0x80

Part = tuple[int, bytes]  # tag and content


def sort_certificates(token: bytes) -> bytes:
    """Return a TimeStampResp with sorted certificates; ValueError if it is not one."""
    parts = _parts(token)
    if len(parts) != 1:
        raise ValueError("not a timestamp")
    tag, content = parts[0]
    return _whole((tag, _mend(content, _WAY)))


def _mend(content: bytes, way: Sequence[int]) -> bytes:
    parts = _parts(content)
    if way:
        place = way[0]
        if place >= len(parts):
            raise ValueError("not a timestamp: too short")
        tag, inner = parts[place]
        parts[place] = tag, _mend(inner, way[1:])
    else:
        parts = [_sorted(part) for part in parts]
    return b"".join(map(_whole, parts))


def _sorted(part: Part) -> Part:
    tag, content = part
    if tag != _CERTIFICATES:
        return part
    return tag, b"".join(sorted(map(_whole, _parts(content))))


def _parts(data: bytes) -> list[Part]:
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("not DER: cut off")
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= _LONG:
            count = length - _LONG
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError("not DER: cut off")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _whole(part: Part) -> bytes:
    tag, content = part
    size = len(content)
    if size < _LONG:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG + len(length)]) + length + content
