"""The hash chain of the ledger: pure functions, so that an exported ledger can be checked alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from typing_extensions import override

from peipao.canonical import sha256_json
from peipao.domain.records import LedgerEntry
from peipao.errors import InvalidInputError, LedgerBrokenError

_HEAD = re.compile(r"^(\d{1,18}):([0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The last line of the ledger; kept elsewhere, it betrays whoever cuts or rewrites the chain.

    Attributes:
        sequence: of the last line, 0 where there is none.
        entry_hash: of the last line, 64 zeros where there is none.
    """

    sequence: int = 0
    entry_hash: str = "0" * 64

    @override
    def __str__(self) -> str:
        return f"{self.sequence}:{self.entry_hash}"


EMPTY = LedgerHead()


def parse_head(text: str, where: str = "台账末条") -> LedgerHead:
    """Return the head that `str(head)` wrote; `where` names its place in errors.

    Raises:
        InvalidInputError: the text is no head.
    """
    found = _HEAD.match(text.strip())
    if found is None:
        raise InvalidInputError(where, "格式不合法", "序号:64 位十六进制哈希")
    return LedgerHead(int(found[1]), found[2])


def parse_heads(text: str, name: str) -> tuple[LedgerHead, ...]:
    """Return the heads of a file, one a line, as `str(head)` wrote them; blank lines are nothing.

    Args:
        text: what the file holds.
        name: of the file, for errors.

    Raises:
        InvalidInputError: a line is no head, or there is none at all.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InvalidInputError(name, "没有任何台账末条", "每行一条:序号:64 位十六进制哈希")
    return tuple(parse_head(line, f"{name} 第 {number} 行") for number, line in lines)


def time_text(at: dt.datetime) -> str:
    """Return a time as the ledger writes it: UTC, microseconds, fixed width."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def entry_hash(entry: LedgerEntry) -> str:
    """Return the SHA-256 over all fields of a line but its own hash."""
    return sha256_json(
        {
            "sequence": entry.sequence,
            "at": time_text(entry.at),
            "who": entry.who,
            "verb": entry.verb,
            "subject": entry.subject,
            "why": entry.why,
            "versions": dict(entry.versions),
            "payload": dict(entry.payload),
            "previous_hash": entry.previous_hash,
        }
    )


def verify_entries(entries: Iterable[LedgerEntry], kept: Collection[LedgerHead] = ()) -> LedgerHead:
    """Walk the whole chain in its order and return its head.

    Args:
        entries: lines in ascending sequence, from the first.
        kept: heads noted earlier and kept elsewhere; without any, a chain cut at its end or
            rewritten from some line on cannot be told from an honest one.

    Raises:
        LedgerBrokenError: names the first line that does not hold.
    """
    known = {(one.sequence, one.entry_hash) for one in kept}
    noted = {one.sequence for one in kept}
    head = EMPTY
    for entry in entries:
        head = _next_head(head, entry)
        if head.sequence in noted:
            agrees = {h for n, h in known if n == head.sequence} == {head.entry_hash}
            _require(head.sequence, agrees, "与另行保存的末条哈希不符,自此之前被改写")
    _require(head.sequence + 1, head.sequence >= max(noted, default=0), "缺失,台账末尾被截断")
    return head


def _next_head(head: LedgerHead, entry: LedgerEntry) -> LedgerHead:
    due = head.sequence + 1
    _require(due, entry.sequence == due, "缺失或次序被改动")
    _require(due, entry.previous_hash == head.entry_hash, "与前一条的哈希不衔接")
    _require(due, entry.entry_hash == entry_hash(entry), "内容与其哈希不符")
    return LedgerHead(entry.sequence, entry.entry_hash)


def _require(sequence: int, holds: bool, problem: str) -> None:  # noqa: FBT001  an assertion
    if not holds:
        raise LedgerBrokenError(sequence, problem)
