"""Encryption at rest: values of sensitive facts are sealed before they reach the database.

AES-256-GCM. What a value is about is authenticated with it, so that it cannot be moved to another
row, and it is padded, so that its length tells little.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from peipao.canonical import canonical_json
from peipao.errors import SealedFactError

KEY_BYTES = 32
KEY_ID_LENGTH = 16
_NONCE_BYTES = 12
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as it is stored.

    Attributes:
        key_id: which key opens it.
        text: nonce and ciphertext in Base64.
    """

    key_id: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Sealing:
    """The keys: the first seals, every one opens what it has sealed.

    Attributes:
        keys: each `KEY_BYTES` long, at least one.
    """

    keys: tuple[bytes, ...]

    @override
    def __repr__(self) -> str:
        return f"Sealing({self.key_id})"

    @property
    def key_id(self) -> str:
        """Return the id of the key that seals."""
        return key_id(self.keys[0])

    def seal(self, value: str, about: Sequence[str]) -> Sealed:
        """Return a value sealed for one row; the same value never looks the same twice.

        Args:
            value: without NUL.
            about: what identifies the row.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = value.encode("utf-8")
        padded = plain.ljust(-(-max(len(plain), 1) // _BLOCK) * _BLOCK, b"\0")
        sealed = nonce + AESGCM(self.keys[0]).encrypt(nonce, padded, _bound(about))
        return Sealed(self.key_id, base64.b64encode(sealed).decode("ascii"))

    def unseal(self, sealed: Sealed, about: Sequence[str]) -> str:
        """Return the value.

        Raises:
            SealedFactError: its key is not here, or the row is not as it was written.
        """
        key = next((key for key in self.keys if key_id(key) == sealed.key_id), None)
        if key is None:
            raise SealedFactError(f"它由密钥 {sealed.key_id} 加密,facts.key 中没有这把密钥")
        try:
            raw = base64.b64decode(sealed.text, validate=True)
            nonce, ciphertext = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            padded = AESGCM(key).decrypt(nonce, ciphertext, _bound(about))
        except (InvalidTag, ValueError, binascii.Error):
            # Neither the row nor the library's words: both may tell of a person.
            raise SealedFactError("密文与登记时不一致,可能被改动") from None
        return padded.rstrip(b"\0").decode("utf-8")


def key_id(key: bytes) -> str:
    """Return the public id of a key."""
    return hashlib.sha256(b"peipao facts key\0" + key).hexdigest()[:KEY_ID_LENGTH]


def _bound(about: Sequence[str]) -> bytes:
    return canonical_json(list(about)).encode("utf-8")
