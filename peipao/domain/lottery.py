"""摇号承诺: a seed that is fixed before anybody can know what it favours, and proved afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SeedCommitment:
    """A promise about the seed of one round of a kind.

    Attributes:
        hash: SHA-256 of the secret, published when the promise is made.
        source: what will give the public value, such as a named draw on a named day.
        inputs: SHA-256 of the frozen inputs; None until they are closed.
        secret: hexadecimal; None until it is revealed with the result.
        value: the public value, known after the inputs were closed; None before.
        round_id: the one round that was drawn from it; None before.
    """

    id: str
    kind: str
    hash: str
    source: str
    created_at: dt.datetime
    created_by: str
    inputs: str | None = None
    frozen_at: dt.datetime | None = None
    secret: str | None = None
    value: str | None = None
    revealed_at: dt.datetime | None = None
    round_id: str | None = None


def commitment_hash(secret: str) -> str:
    """Return what is published of a secret, given in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def committed_seed(secret: str, inputs: str, value: str) -> str:
    """Return the seed of a round: SHA-256(secret || hash of the inputs || public value).

    Args:
        secret: hexadecimal.
        inputs: SHA-256 of the frozen inputs, hexadecimal.
        value: the public value as text.
    """
    parts = bytes.fromhex(secret) + bytes.fromhex(inputs) + value.encode("utf-8")
    return hashlib.sha256(parts).hexdigest()
