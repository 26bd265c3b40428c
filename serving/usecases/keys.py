"""API keys `pp_<id>_<secret>`: only a hash is stored, and a mistyped key needs no look-up."""

from __future__ import annotations

import hashlib
import re
import zlib
from enum import StrEnum

_KEY = re.compile(r"^pp_(?P<id>[a-z0-9]{8})_(?P<secret>[0-9a-f]{64})(?P<sum>[0-9a-f]{8})$")
_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
ID_LENGTH, SECRET_BYTES = 8, 32


class Scope(StrEnum):
    """What a key allows."""

    READ = "read"
    RANK = "rank"
    WRITE = "write"
    PORTAL = "portal"
    FEEDBACK = "feedback"
    ROUNDS_WRITE = "rounds:write"
    ROUNDS_APPROVE = "rounds:approve"
    PUBLISH = "publish"
    OFFERS = "offers"
    CALLS = "calls"
    SENSITIVE = "sensitive"
    METRICS = "metrics"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


def key_text(random: bytes) -> str:
    """Return a key made of random bytes: 8 for the id and 32 for the secret."""
    name = "".join(_ID_ALPHABET[byte % len(_ID_ALPHABET)] for byte in random[:ID_LENGTH])
    secret = random[ID_LENGTH : ID_LENGTH + SECRET_BYTES].hex()
    return f"pp_{name}_{secret}{_checksum(name, secret)}"


def key_id(text: str) -> str | None:
    """Return the id in a well-formed key, or None."""
    found = _KEY.match(text)
    if found is None or found["sum"] != _checksum(found["id"], found["secret"]):
        return None
    return found["id"]


def key_hash(text: str) -> str:
    """Return what is stored of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _checksum(name: str, secret: str) -> str:
    return f"{zlib.crc32(f'{name}_{secret}'.encode('ascii')):08x}"
