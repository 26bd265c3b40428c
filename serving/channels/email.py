"""E-mail: one message a notice, through the city's own mail server."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from peipao.domain.notices import Notice
from peipao.errors import UndeliverableError
from serving.channels.options import RECIPIENTS, Options, served
from serving.channels.ports import AddressBook, Mailer, read_addresses

_KNOWN = ("host", "port", "sender", "addresses", "to", "plain", "username", "password_file")
_TIMEOUT_S = 10.0
_SUBJECT = "陪跑服务通知"


@dataclass(frozen=True, slots=True)
class Email:
    """Sends notices to the addresses of the book."""

    book: AddressBook
    mailer: Mailer
    to: tuple[str, ...]

    def takes(self, notice: Notice, /) -> bool:
        """Tell whether the recipient is of a sort that it serves."""
        return served(self.to, notice)

    def deliver(self, notice: Notice, words: str, _now: dt.datetime, /) -> None:
        """Send a notice.

        Raises:
            UndeliverableError: no address is known, or the server did not take it.
        """
        address = self.book.emails.get(notice.to)
        if address is None:
            raise UndeliverableError("no-address", final=True)
        self.mailer.send(address, _SUBJECT, words, notice.id)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands messages to an SMTP server.

    Attributes:
        plain: no TLS, for a relay on this very machine.
        login: user and password; None is none.
    """

    host: str
    port: int
    sender: str
    plain: bool
    login: tuple[str, str] | None = field(default=None, repr=False)

    def send(self, address: str, subject: str, text: str, key: str, /) -> None:
        """Hand over one message; its Message-ID is made of the key.

        Raises:
            UndeliverableError: the server cannot be reached or refuses it.
        """
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, address, subject
        message["Message-ID"] = f"<{key}@{self.sender.partition('@')[2]}>"
        message.set_content(text)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S) as server:
                if not self.plain:
                    server.starttls(context=ssl.create_default_context())
                if self.login is not None:
                    server.login(*self.login)
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            final = 500 <= error.smtp_code < 600
            raise UndeliverableError(f"smtp-{error.smtp_code}", final=final) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise UndeliverableError("recipient-refused", final=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise UndeliverableError("no-connection", final=False) from error


def email(name: str, options: Mapping[str, object], home: Path) -> Email:
    """Return the e-mail channel that options state.

    Options: `host`, `port` (587), `sender`, `addresses` (CSV file), `to`, `username` and
    `password_file`, `plain` for a relay on this machine.

    Raises:
        SettingsError: names the option and what would be right.
    """
    read = Options(name, options, home)
    read.require_known(_KNOWN)
    login = None
    if "username" in options:
        login = (read.text("username"), read.file("password_file").read_text("utf-8").strip())
    mailer = SmtpMailer(
        host=read.text("host"),
        port=read.whole("port", 587),
        sender=read.text("sender"),
        plain=read.flag("plain"),
        login=login,
    )
    book = read_addresses(read.file("addresses"))
    return Email(book, mailer, read.texts("to") or RECIPIENTS)
