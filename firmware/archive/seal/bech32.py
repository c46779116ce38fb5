"""Keys as text: Bech32 (BIP 173), without its limit on length, as age uses it."""

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
#: BIP 173, checksum: the generator's coefficients.
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LETTERS = 6


def encode(prefix: str, data: bytes) -> str:
    """Return the text for some bytes, in lower case."""
    values = _regroup(data, 8, 5, pad=True)
    polymod = _polymod([*_expand(prefix), *values, *(0,) * _CHECKSUM_LETTERS]) ^ 1
    checksum = [(polymod >> 5 * (5 - i)) & 31 for i in range(_CHECKSUM_LETTERS)]
    return prefix + "1" + "".join(_LETTERS[value] for value in [*values, *checksum])


def decode(text: str) -> tuple[str, bytes]:
    """Return prefix and bytes; ValueError says what is wrong with a text."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixes capitals and small letters")
    text = text.lower()
    prefix, mark, rest = text.rpartition("1")
    if not mark or not prefix or len(rest) < _CHECKSUM_LETTERS:
        raise ValueError("is too short for a key")
    if not text.isascii() or any(letter not in _VALUES for letter in rest):
        raise ValueError("holds a letter that no key has")
    values = [_VALUES[letter] for letter in rest]
    if _polymod([*_expand(prefix), *values]) != 1:
        raise ValueError("has a typing error: its checksum is wrong")
    return prefix, bytes(_regroup(values[:-_CHECKSUM_LETTERS], 5, 8, pad=False))


def _expand(prefix: str) -> list[int]:
    codes = [ord(letter) for letter in prefix]
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, coefficient in enumerate(_GENERATOR):
            check ^= coefficient if top >> bit & 1 else 0
    return check


def _regroup(data: bytes | list[int], bits: int, into: int, *, pad: bool) -> list[int]:
    """Cut a row of `bits`-bit groups anew into groups of `into` bits."""
    held = width = 0
    groups = []
    for value in data:
        held = held << bits | value
        width += bits
        while width >= into:
            width -= into
            groups.append(held >> width & (1 << into) - 1)
    rest = held & (1 << width) - 1
    if pad and width:
        groups.append(rest << into - width)
    elif not pad and (width >= bits or rest):
        raise ValueError("has bits left over")
    return groups
