"""Sealing: what lies on the disk is of no use without a private key.

The formats are age's and one of our own for the call that is being recorded;
docs/sealing.md describes them so that a stranger can write a reader.
"""

from firmware.archive.seal.keyring import Keyring
from firmware.archive.seal.keystore import Keystore

__all__ = ["Keyring", "Keystore"]
