"""What e-mail and SMS need of a city: an address book, and a gateway that takes messages.

Both channels are made of an `AddressBook` and a gateway (`Mailer` or `Texter`). A city that sends
through something else writes a gateway with the one method below and registers a factory of the
channel under `peipao.channels`; nothing else changes. The address book is a file of the city's,
kept out of the database: a notice never bears an address.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from peipao.errors import SettingsError

COLUMNS = ["recipient", "email", "phone"]
_MAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}$")
_PHONE = re.compile(r"^\+?\d{5,15}$")


class Mailer(Protocol):
    """Takes e-mail."""

    def send(self, address: str, subject: str, text: str, key: str, /) -> None:
        """Hand over one message; `key` is the same if it is sent again.

        Raises:
            UndeliverableError: it was not taken; says whether to try again.
        """
        ...


class Texter(Protocol):
    """Takes text messages."""

    def send(self, phone: str, text: str, key: str, now: dt.datetime, /) -> None:
        """Hand over one message; `key` is the same if it is sent again, `now` the time of the try.

        Raises:
            UndeliverableError: it was not taken; says whether to try again.
        """
        ...


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Recipient (`project:p1`, `officer:o1`, `staff` …) -> where to reach it.

    Attributes:
        emails, phones: only those that are stated; never printed.
    """

    emails: Mapping[str, str] = field(repr=False)
    phones: Mapping[str, str] = field(repr=False)


def read_addresses(path: Path) -> AddressBook:
    """Return the address book of a CSV file with the columns of `COLUMNS`.

    Raises:
        SettingsError: names the file and the line; no address is repeated.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
            header = list(rows[0]) if rows else COLUMNS
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{path.name} 不是 UTF-8 编码的 CSV 文件") from error
    if header != COLUMNS:
        raise SettingsError(f"{path.name} 的表头应为 {','.join(COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        _check(path, number, row)
    return AddressBook(
        {row["recipient"]: row["email"] for row in rows if row["email"]},
        {row["recipient"]: row["phone"] for row in rows if row["phone"]},
    )


def _check(path: Path, number: int, row: Mapping[str, str | None]) -> None:
    if None in row.values() or len(row) != len(COLUMNS) or not row["recipient"]:
        raise SettingsError(f"{path.name} 第 {number} 行应有 {len(COLUMNS)} 列,首列不空")
    for column, pattern in (("email", _MAIL), ("phone", _PHONE)):
        value = row[column]
        if value and pattern.fullmatch(value) is None:
            raise SettingsError(f"{path.name} 第 {number} 行的 {column} 不合格式")
