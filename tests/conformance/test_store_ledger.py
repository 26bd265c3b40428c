"""The ledger cannot be edited quietly, on either database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from store_records import a_project

from peipao.clock import FixedClock
from peipao.errors import InvalidInputError, LedgerBrokenError
from peipao.reference.deadlines import packaged_deadlines
from peipao.store import LedgerHead, Store, parse_head, parse_heads, verify_entries
from peipao.store.chain import EMPTY, entry_hash
from peipao.store.ledger import Ledger
from peipao.store.schema import ledger
from peipao.store.work import Work

N_LINES = 30
GOLDEN_HEAD = "30:eac786f2bef102a142b5a74f663d246c13b0f88c5f25b7f941fd81c5ac4ddede"
Tampering = Callable[[sa.Connection], int]
"""Changes stored lines and returns the first sequence that cannot hold any more."""


@pytest.fixture
def honest(store: Store) -> LedgerHead:
    """Thirty honest lines; returns their head, as kept elsewhere."""
    with store.transaction(who="clerk", why="登记", versions={"data": "1"}) as tx:
        for number in range(N_LINES):
            tx.projects.add(a_project(f"p{number}"))
    with store.reading() as tx:
        return tx.ledger.head()


def reading(connection: sa.Connection, clock: FixedClock) -> Work:
    """Return a unit of work that only reads."""
    return Work(connection, clock, "", "", {}, False, packaged_deadlines())


def broken_at(
    store: Store, clock: FixedClock, head: LedgerHead, change: Tampering
) -> tuple[int, int | None]:
    """Tamper with the ledger, verify it, undo all; return (first bad, what verify named)."""
    with store.engine.connect() as connection, connection.begin() as undone:
        _without_triggers(connection)
        expected = change(connection)
        named = _named(
            Ledger(reading(connection, clock)),
            head,
        )
        undone.rollback()
    return expected, named


def _named(tampered: Ledger, head: LedgerHead) -> int | None:
    try:
        tampered.verify([head])
    except LedgerBrokenError as error:
        return error.sequence
    return None


def _without_triggers(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
        return
    for verb in ("update", "delete"):
        connection.execute(sa.text(f"DROP TRIGGER ledger_no_{verb}"))


def _edits(column: str, sequence: int, text: str) -> Tampering:
    def change(connection: sa.Connection) -> int:
        row = sa.update(ledger).where(ledger.c.sequence == sequence)
        connection.execute(row.values({column: text}))
        return sequence

    return change


def _deletes(sequence: int) -> Tampering:
    def change(connection: sa.Connection) -> int:
        connection.execute(sa.delete(ledger).where(ledger.c.sequence == sequence))
        return sequence

    return change


def _swaps(one: int, other: int) -> Tampering:
    def change(connection: sa.Connection) -> int:
        for now, then in ((one, -1), (other, one), (-1, other)):
            row = sa.update(ledger).where(ledger.c.sequence == now)
            connection.execute(row.values(sequence=then))
        return min(one, other)

    return change


def _truncates(after: int) -> Tampering:
    def change(connection: sa.Connection) -> int:
        connection.execute(sa.delete(ledger).where(ledger.c.sequence > after))
        return after + 1

    return change


def random_attacks(seed: int) -> list[Tampering]:
    """Return 80 edits, 40 deletions, 40 exchanges and 40 truncations, all at random."""
    random = Random(seed)  # noqa: S311  no secret
    texts = {
        "at": ["2026-03-02T01:30:00.000001+00:00", "2026-03-02 01:30:00+00:00", "昨天"],
        "who": ["clerk2", ""],
        "verb": ["project.update"],
        "subject": ["project:p999", "project:*"],
        "why": ["登记 ", "更正"],
        "versions": ['{"data":"2"}', '{"data": "1"}', "{", "null"],
        "payload": ['{"count":1}', "[]", "{} "],
        "previous_hash": ["0" * 63 + "1", "f" * 64],
        "entry_hash": ["0" * 64, "e" * 64],
    }
    attacks: list[Tampering] = []
    for _ in range(80):
        column = random.choice(sorted(texts))
        attacks.append(_edits(column, random.randint(1, N_LINES), random.choice(texts[column])))
    attacks += [_deletes(random.randint(1, N_LINES)) for _ in range(40)]
    attacks += [_swaps(*random.sample(range(1, N_LINES + 1), 2)) for _ in range(40)]
    attacks += [_truncates(random.randint(0, N_LINES - 1)) for _ in range(40)]
    return attacks


def test_two_hundred_random_attacks_are_all_found_at_the_first_line_that_is_wrong(
    store: Store, clock: FixedClock, honest: LedgerHead
) -> None:
    found = [broken_at(store, clock, honest, attack) for attack in random_attacks(2026)]
    assert len(found) == 200
    assert [pair for pair in found if pair[0] != pair[1]] == []


def _rewrites(after: int, clock: FixedClock) -> Tampering:
    def change(connection: sa.Connection) -> int:
        lines = Ledger(reading(connection, clock)).list(after=after)
        previous = lines[0].previous_hash
        for line in lines:
            forged = replace(line, who="nobody", previous_hash=previous)
            previous = entry_hash(forged)
            row = sa.update(ledger).where(ledger.c.sequence == line.sequence)
            connection.execute(
                row.values(who="nobody", previous_hash=forged.previous_hash, entry_hash=previous)
            )
        return N_LINES

    return change


def test_a_chain_computed_anew_is_betrayed_by_the_head_kept_elsewhere(
    store: Store, clock: FixedClock, honest: LedgerHead
) -> None:
    rewrite = _rewrites(9, clock)
    assert broken_at(store, clock, honest, rewrite) == (N_LINES, N_LINES)
    assert broken_at(store, clock, EMPTY, rewrite) == (N_LINES, None)


def test_an_untouched_ledger_holds_with_its_head_and_with_an_older_one(
    store: Store, honest: LedgerHead
) -> None:
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add(a_project("later"))
    with store.reading() as tx:
        assert tx.ledger.verify([honest]) == tx.ledger.verify() == tx.ledger.head()
        assert tx.ledger.head().sequence == N_LINES + 1


@pytest.mark.parametrize(
    "attack",
    ["UPDATE ledger SET who = 'x' WHERE sequence = 3", "DELETE FROM ledger WHERE sequence = 30"],
)
def test_the_database_itself_refuses_to_change_a_line(
    store: Store, honest: LedgerHead, attack: str
) -> None:
    with (
        store.engine.connect() as connection,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        connection.execute(sa.text(attack))
    with store.reading() as tx:
        assert tx.ledger.verify([honest]) == honest


def test_postgresql_refuses_to_empty_the_ledger(postgresql_url: str, clock: FixedClock) -> None:
    store = Store.open(postgresql_url, clock)
    with (
        store.engine.connect() as connection,
        pytest.raises(DBAPIError, match="append-only"),
    ):
        connection.execute(sa.text("TRUNCATE ledger"))
    store.close()


def test_exported_lines_can_be_verified_without_a_database(
    store: Store, honest: LedgerHead
) -> None:
    with store.reading() as tx:
        lines = tx.ledger.list(limit=N_LINES)
    assert verify_entries(lines, [honest]) == honest
    with pytest.raises(LedgerBrokenError, match="第 8 条"):
        verify_entries([line for line in lines if line.sequence != 8], [honest])


def test_both_databases_write_the_same_chain(store: Store, honest: LedgerHead) -> None:
    # One number for both: the hash of a line depends on nothing but its words.
    assert str(honest) == GOLDEN_HEAD


def test_a_head_survives_being_written_down(honest: LedgerHead) -> None:
    assert parse_head(f"  {honest}\n") == honest
    with pytest.raises(InvalidInputError, match="台账末条"):
        parse_head("30:abc")


def test_a_file_of_heads_names_the_line_that_is_none(honest: LedgerHead) -> None:
    older = LedgerHead(3, "a" * 64)
    assert parse_heads(f"{older}\n\n{honest}\n", "heads.txt") == (older, honest)
    with pytest.raises(InvalidInputError, match=r"heads\.txt 第 2 行"):
        parse_heads(f"{honest}\n30:abc\n", "heads.txt")
    with pytest.raises(InvalidInputError, match=r"heads\.txt"):
        parse_heads("\n", "heads.txt")


def test_one_of_several_heads_that_does_not_agree_is_enough(
    store: Store, honest: LedgerHead
) -> None:
    with store.reading() as tx, pytest.raises(LedgerBrokenError, match="第 7 条"):
        tx.ledger.verify([LedgerHead(7, "b" * 64), honest])


def test_a_payload_must_be_json(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"), store.transaction(who="x", why="试") as tx:
        tx.ledger.append("x.y", "x:1", {"share": float("nan")})
    with store.reading() as tx:
        assert (tx.ledger.head(), tx.ledger.list()) == (EMPTY, [])
