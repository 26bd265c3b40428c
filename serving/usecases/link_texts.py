"""Links `pl_<id>_<secret>`: short enough for a text message, and only a hash is stored."""

from __future__ import annotations

import re
import zlib

from serving.usecases.keys import key_hash

_LINK = re.compile(r"^pl_(?P<id>[a-z0-9]{10})_(?P<secret>[0-9a-f]{40})(?P<sum>[0-9a-f]{8})$")
_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
ID_LENGTH, SECRET_BYTES = 10, 20
PREFIX = "pl_"

link_hash = key_hash


def link_text(random: bytes) -> str:
    """Return a link made of random bytes: 10 for the id and 20 for the secret."""
    name = "".join(_ID_ALPHABET[byte % len(_ID_ALPHABET)] for byte in random[:ID_LENGTH])
    secret = random[ID_LENGTH : ID_LENGTH + SECRET_BYTES].hex()
    return f"{PREFIX}{name}_{secret}{_checksum(name, secret)}"


def link_id(text: str) -> str | None:
    """Return the id in a well-formed link, or None."""
    found = _LINK.match(text)
    if found is None or found["sum"] != _checksum(found["id"], found["secret"]):
        return None
    return found["id"]


def _checksum(name: str, secret: str) -> str:
    return f"{zlib.crc32(f'{name}_{secret}'.encode('ascii')):08x}"
