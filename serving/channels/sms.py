"""Text messages: through a gateway that takes signed JSON, as the webhook does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from peipao.canonical import canonical_json
from peipao.domain.notices import Notice
from peipao.errors import UndeliverableError
from serving.channels.addresses import Network, Target, checked_networks, checked_target
from serving.channels.calling import post
from serving.channels.options import RECIPIENTS, Options, served
from serving.channels.ports import AddressBook, Texter, read_addresses
from serving.channels.webhook import signed_headers

_KNOWN = ("url", "hosts", "secret_file", "addresses", "to", "networks", "plain_http")
_LONGEST = 200
"""Characters of a message; what a notice says is shorter."""


@dataclass(frozen=True, slots=True)
class Sms:
    """Sends notices to the phones of the book."""

    book: AddressBook
    texter: Texter
    to: tuple[str, ...]

    def takes(self, notice: Notice, /) -> bool:
        """Tell whether the recipient is of a sort that it serves."""
        return served(self.to, notice)

    def deliver(self, notice: Notice, words: str, now: dt.datetime, /) -> None:
        """Send a notice.

        Raises:
            UndeliverableError: no phone is known, or the gateway did not take it.
        """
        phone = self.book.phones.get(notice.to)
        if phone is None:
            raise UndeliverableError("no-address", final=True)
        self.texter.send(phone, words[:_LONGEST], notice.id, now)


@dataclass(frozen=True, slots=True)
class HttpTexter:
    """Posts `{"id", "phone", "text"}` to a gateway, signed as a webhook is."""

    target: Target
    secret: bytes = field(repr=False)
    networks: Sequence[Network] = ()

    def send(self, phone: str, text: str, key: str, now: dt.datetime, /) -> None:
        """Hand over one message.

        Raises:
            UndeliverableError: it was not taken.
        """
        body = canonical_json({"id": key, "phone": phone, "text": text}).encode()
        headers = signed_headers(self.secret, key, body, now)
        post(self.target, body, headers, self.networks)


def sms(name: str, options: Mapping[str, object], home: Path) -> Sms:
    """Return the channel of text messages that options state.

    Options: `url`, `hosts`, `secret_file`, `networks` and `plain_http` as of a webhook;
    `addresses` (CSV file); `to`.

    Raises:
        SettingsError: names the option and what would be right.
    """
    read = Options(name, options, home)
    read.require_known(_KNOWN)
    plain = read.flag("plain_http")
    texter = HttpTexter(
        target=checked_target(read.text("url"), read.texts("hosts"), plain=plain),
        secret=read.secret("secret_file"),
        networks=checked_networks(read.texts("networks")),
    )
    book = read_addresses(read.file("addresses"))
    return Sms(book, texter, read.texts("to") or RECIPIENTS)
