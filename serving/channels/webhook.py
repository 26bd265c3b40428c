"""A signed webhook: the notice as JSON, with its id, a time, and a signature over all three.

The receiver computes the HMAC-SHA256 of `TIMESTAMP.ID.BODY` under the shared secret, compares it
with `Peipao-Signature` (`v1=` and hexadecimal digits) in constant time, refuses times that differ
from its own by more than 300 seconds, and takes an id that it knows already without acting again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from peipao.canonical import canonical_json
from peipao.domain.notices import Notice
from serving.channels.addresses import Network, Target, checked_networks, checked_target
from serving.channels.calling import Resolve, post, resolved
from serving.channels.options import RECIPIENTS, Options, served

FRESH_S = 300
"""How far the receiver's clock may be from the time of a call."""

_KNOWN = ("url", "hosts", "secret_file", "to", "networks", "plain_http")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts notices to one URL.

    Attributes:
        to: sorts of recipients that it serves.
        networks: networks of our own house that the URL may lead to.
    """

    target: Target
    secret: bytes = field(repr=False)
    to: tuple[str, ...]
    networks: Sequence[Network] = ()
    resolve: Resolve = resolved

    def takes(self, notice: Notice, /) -> bool:
        """Tell whether the recipient is of a sort that it serves."""
        return served(self.to, notice)

    def deliver(self, notice: Notice, words: str, now: dt.datetime, /) -> None:
        """Post a notice.

        Raises:
            UndeliverableError: it was not taken.
        """
        body = canonical_json(_body(notice, words)).encode()
        headers = signed_headers(self.secret, notice.id, body, now)
        post(self.target, body, headers, self.networks, resolve=self.resolve)


def webhook(name: str, options: Mapping[str, object], home: Path) -> Webhook:
    """Return the webhook that options state.

    Options: `url`; `hosts` that may be called; `secret_file`; `to` (all sorts of recipients if
    not stated); `networks` of our own house that may be called; `plain_http` for a gateway beside
    the service.

    Raises:
        SettingsError: names the option and what would be right.
    """
    read = Options(name, options, home)
    read.require_known(_KNOWN)
    plain = read.flag("plain_http")
    return Webhook(
        target=checked_target(read.text("url"), read.texts("hosts"), plain=plain),
        secret=read.secret("secret_file"),
        to=read.texts("to") or RECIPIENTS,
        networks=checked_networks(read.texts("networks")),
    )


def signed_headers(secret: bytes, key: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """Return the headers of a call."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "Peipao-Id": key,
        "Peipao-Timestamp": timestamp,
        "Peipao-Signature": signature(secret, key, timestamp, body),
    }


def signature(secret: bytes, key: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a call, `v1=` and 64 hexadecimal digits."""
    signed = b".".join((timestamp.encode(), key.encode(), body))
    return f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


def is_authentic(secret: bytes, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> bool:
    """Tell whether a call is ours and fresh: what a receiver does, here to test against."""
    timestamp, key = headers.get("Peipao-Timestamp", ""), headers.get("Peipao-Id", "")
    if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > FRESH_S:
        return False
    expected = signature(secret, key, timestamp, body)
    return hmac.compare_digest(expected, headers.get("Peipao-Signature", ""))


def _body(notice: Notice, words: str) -> dict[str, object]:
    return {
        "id": notice.id,
        "to": notice.to,
        "event": notice.event,
        "subject": notice.subject,
        "params": dict(notice.params),
        "words": words,
        "created_at": notice.created_at.isoformat(),
    }
