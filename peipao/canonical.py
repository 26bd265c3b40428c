"""One way to turn values into bytes and hashes, the same on every machine and Python."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any


def canonical_json(value: Any) -> str:  # noqa: ANN401  any JSON value
    """Return JSON with sorted keys, no blanks and no NaN; text stays readable.

    Raises:
        ValueError: for NaN or infinities, which have no JSON form.
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def sha256_text(text: str) -> str:
    """Return the SHA-256 of UTF-8 text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sha256_json(value: Any) -> str:  # noqa: ANN401  any JSON value
    """Return the SHA-256 of the canonical JSON of a value."""
    return sha256_text(canonical_json(value))


def sha256_lines(rows: Iterable[Any]) -> str:
    """Return the SHA-256 of canonical JSON lines; the caller fixes the order of the rows."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical_json(row).encode("utf-8"))
        digest.update(b"\n")
    return digest.hexdigest()
