"""陪跑台账: append-only, hash-chained; every write of the store ends up here."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from peipao.canonical import canonical_json
from peipao.domain.records import LedgerEntry
from peipao.errors import LedgerBrokenError
from peipao.store.chain import EMPTY, LedgerHead, entry_hash, time_text, verify_entries
from peipao.store.schema import ledger
from peipao.store.work import Line, Work

_LOCK = sa.text("SELECT pg_advisory_xact_lock(7230174)")
_LAST = (
    sa.select(ledger.c.sequence, ledger.c.entry_hash).order_by(ledger.c.sequence.desc()).limit(1)
)
_PAGE = 2_000
_LAST_LINES = 100


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger within one transaction."""

    work: Work

    def append(self, verb: str, subject: str, payload: Mapping[str, object] | None = None) -> None:
        """Add a line about something that is no write of a repository, such as an export.

        Args:
            verb: at most 40 characters, such as `round.export`.
            subject: such as `round:r-2026-01`.
            payload: JSON values; ids and codes only, no personal data.
        """
        self.work.require_writable()
        self.work.due.append(Line(verb, subject, payload or {}))

    def head(self) -> LedgerHead:
        """Return the last line as of this transaction; its own lines come when it ends."""
        found = self.work.rows(_LAST)
        return LedgerHead(found[0].sequence, found[0].entry_hash) if found else EMPTY

    def latest_time(self) -> dt.datetime | None:
        """Return the latest time on the last lines; None if there is no line.

        They follow each other by sequence; a clock that was set back makes times that do not.
        """
        query = sa.select(ledger.c.at).order_by(ledger.c.sequence.desc()).limit(_LAST_LINES)
        return max(
            (dt.datetime.fromisoformat(row.at) for row in self.work.rows(query)), default=None
        )

    def written(self) -> tuple[LedgerEntry, ...]:
        """Return the lines of this transaction, once it has ended; empty before."""
        return self.work.written

    def about(self, subject: str) -> list[LedgerEntry]:
        """Return the lines about one subject, such as `need:n1`, by sequence."""
        query = sa.select(ledger).where(ledger.c.subject == subject)
        return [_entry(row) for row in self.work.rows(_ordered(query))]

    def verify(self, kept: Collection[LedgerHead] = ()) -> LedgerHead:
        """Walk the whole chain and return its head.

        Args:
            kept: heads noted earlier and kept elsewhere; needed to notice that lines were cut off
                at the end or that the chain was computed anew.

        Raises:
            LedgerBrokenError: names the first line that does not hold.
        """
        with closing(self._all()) as entries:
            return verify_entries(entries, kept)

    def settle(self) -> None:
        """Write the lines that are due; `Store.transaction` calls it last of all."""
        work = self.work
        if not work.due:
            return
        if work.connection.dialect.name == "postgresql":
            # Held until the commit, so that the chain never forks. SQLite has one writer anyway.
            work.connection.execute(_LOCK)
        work.written = _chained(self.head(), work.clock.now(), work, work.due)
        work.write(sa.insert(ledger), [_row(entry) for entry in work.written])
        work.due.clear()

    def _all(self) -> Generator[LedgerEntry]:
        query = _ordered(sa.select(ledger)).execution_options(yield_per=_PAGE)
        with self.work.connection.execute(query) as result:
            for expected, row in enumerate(result, start=1):
                yield _canonical_entry(row, expected)

    def list(self, *, after: int = 0, limit: int = 100) -> list[LedgerEntry]:
        """Return lines by sequence, from the one behind `after`."""
        query = sa.select(ledger).where(ledger.c.sequence > after)
        return [_entry(row) for row in self.work.rows(_ordered(query).limit(limit))]


def _ordered(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.order_by(ledger.c.sequence)


def _chained(
    head: LedgerHead, at: dt.datetime, work: Work, lines: Sequence[Line]
) -> tuple[LedgerEntry, ...]:
    entries: list[LedgerEntry] = []
    for line in lines:
        entry = LedgerEntry(
            sequence=head.sequence + 1,
            at=at.astimezone(dt.UTC),
            who=work.who,
            verb=line.verb,
            subject=line.subject,
            why=work.why,
            versions=dict(work.versions),
            payload=json.loads(canonical_json(dict(line.payload))),
            previous_hash=head.entry_hash,
            entry_hash="",
        )
        head = LedgerHead(entry.sequence, entry_hash(entry))
        entries.append(replace(entry, entry_hash=head.entry_hash))
    return tuple(entries)


def _row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": time_text(entry.at),
        "who": entry.who,
        "verb": entry.verb,
        "subject": entry.subject,
        "why": entry.why,
        "versions": canonical_json(dict(entry.versions)),
        "payload": canonical_json(dict(entry.payload)),
        "previous_hash": entry.previous_hash,
        "entry_hash": entry.entry_hash,
    }


def _entry(row: sa.Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        sequence=row.sequence,
        at=dt.datetime.fromisoformat(row.at),
        who=row.who,
        verb=row.verb,
        subject=row.subject,
        why=row.why,
        versions=json.loads(row.versions),
        payload=json.loads(row.payload),
        previous_hash=row.previous_hash,
        entry_hash=row.entry_hash,
    )


def _canonical_entry(row: sa.Row[Any], expected: int) -> LedgerEntry:
    # What was tampered with need not even be JSON or a time any more.
    try:
        entry = _entry(row)
        same = _row(entry) == row._asdict()
    except (ValueError, TypeError, AttributeError) as error:
        raise LedgerBrokenError(expected, "内容已损坏,无法读出") from error
    if not same:
        raise LedgerBrokenError(expected, "内容与其哈希不符")
    return entry
