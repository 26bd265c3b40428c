"""Facts in the database are sealed: from the first write, after an upgrade, under a new key."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_records import with_people

from peipao.clock import FixedClock
from peipao.config import fact_keys
from peipao.domain.records import SensitiveFact
from peipao.errors import AlreadyExistsError, SealedFactError, SettingsError
from peipao.store import Sealing, Store
from peipao.store.migration import differences, upgrade

PRIVATE = "城镇零就业家庭且持残疾人证"
DAY = dt.date(2026, 1, 5)
FACT = SensitiveFact("p1", "hardship_category", PRIVATE, DAY, "人社局", 0.9)
OLD_ROW = sa.text(
    "INSERT INTO sensitive_facts (project_id, name, as_of, source, value)"
    " VALUES ('p1', 'hardship_category', '2026-01-05', '人社局', :value)"
)


def tell(store: Store, *facts: SensitiveFact) -> None:
    with store.transaction(who="officer", why="核验") as tx:
        tx.sensitive.put_many(facts)


def told(store: Store) -> list[SensitiveFact]:
    with store.reading() as tx:
        return tx.sensitive.of_project("p1")


def stored(store: Store) -> list[tuple[str, str | None]]:
    with store.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT value, key_id FROM sensitive_facts"))
        return [(row.value, row.key_id) for row in rows]


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("peipao.db*")))


def test_the_plain_value_is_nowhere_in_the_database_file(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with_people(sqlite_store)
    tell(sqlite_store, FACT)
    assert told(sqlite_store) == [FACT]
    written = bytes_of(tmp_path)  # the write-ahead log too
    sqlite_store.close()
    for raw in (written, bytes_of(tmp_path)):
        assert b"hardship_category" in raw
        assert PRIVATE.encode("utf-8") not in raw
        assert PRIVATE.encode("utf-16-le") not in raw
        assert repr(PRIVATE.encode("utf-8"))[2:-1].encode() not in raw


def test_no_row_holds_the_plain_value_and_each_names_its_key(store: Store) -> None:
    with_people(store)
    tell(store, FACT)
    ((value, key),) = stored(store)
    assert PRIVATE not in value
    assert store.sealing is not None
    assert key == store.sealing.key_id


def old(store: Store) -> None:
    """Bring a store to the state of before facts were sealed, with one plain fact."""
    store.migrate()
    with_people(store)
    store.downgrade("0001")
    with store.engine.begin() as connection:
        connection.execute(OLD_ROW, {"value": PRIVATE})


def test_an_upgrade_seals_what_was_plain_and_loses_nothing(bare_store: Store) -> None:
    old(bare_store)
    assert PRIVATE in str(stored_plain(bare_store))
    bare_store.migrate()
    assert differences(bare_store.engine) == []
    ((value, key),) = stored(bare_store)
    assert PRIVATE not in value
    assert key is not None
    assert told(bare_store) == [SensitiveFact("p1", "hardship_category", PRIVATE, DAY, "人社局")]


def stored_plain(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT value FROM sensitive_facts")))


def test_an_upgrade_leaves_no_page_with_the_plain_value(clock: FixedClock, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'peipao.db'}", clock, Sealing((bytes(32),)))
    old(store)
    assert PRIVATE.encode() in bytes_of(tmp_path)
    store.migrate()
    assert PRIVATE.encode() not in bytes_of(tmp_path)
    store.close()
    assert PRIVATE.encode() not in bytes_of(tmp_path)


def test_going_down_and_up_again_keeps_facts_and_shows_none(bare_store: Store) -> None:
    bare_store.migrate()
    with_people(bare_store)
    tell(bare_store, FACT)
    before = stored(bare_store)
    bare_store.downgrade("0001")
    assert PRIVATE not in str(stored_plain(bare_store))
    upgrade(bare_store.engine)
    assert stored(bare_store) == before
    assert told(bare_store)[0].value == PRIVATE


def test_without_the_key_nothing_is_read_or_written_and_nothing_told(
    database_url: str, store: Store, clock: FixedClock
) -> None:
    with_people(store)
    tell(store, FACT)
    for sealing in (None, Sealing((b"k" * 32,))):
        stranger = Store.open(database_url, clock, sealing)
        with pytest.raises(SealedFactError) as refused:
            told(stranger)
        assert PRIVATE not in str(refused.value)
        stranger.close()
    keyless = Store.open(database_url, clock)
    with pytest.raises(SealedFactError):
        tell(keyless, SensitiveFact("p1", "founder_category", PRIVATE, DAY, "x"))
    keyless.close()


def test_a_new_key_takes_over_at_the_next_migration(
    database_url: str, store: Store, clock: FixedClock
) -> None:
    with_people(store)
    tell(store, FACT)
    assert store.sealing is not None
    turned = Store.open(database_url, clock, Sealing((b"n" * 32, *store.sealing.keys)))
    turned.migrate()
    assert told(turned) == [FACT]
    alone = Store.open(database_url, clock, Sealing((b"n" * 32,)))
    assert told(alone) == [FACT]
    for one in (turned, alone):
        one.close()


def test_when_a_key_is_lost_the_database_still_migrates_and_its_facts_can_be_forgotten(
    database_url: str, store: Store, clock: FixedClock
) -> None:
    with_people(store)
    tell(store, FACT)
    lost = Store.open(database_url, clock, Sealing((b"n" * 32,)))
    lost.migrate()
    with pytest.raises(SealedFactError):
        told(lost)
    assert told(store) == [FACT]
    with lost.transaction(who="officer", why="密钥丢失") as tx:
        assert tx.sensitive.forget("p1", [FACT.name]) == 1
    assert told(lost) == []
    lost.close()


def test_a_fact_can_be_corrected_repeated_and_forgotten_and_only_the_project_is_noted(
    store: Store,
) -> None:
    with_people(store)
    tell(store, FACT)
    with store.transaction(who="officer", why="更正") as tx:
        assert tx.sensitive.put_many([FACT]) == 0
        corrected = SensitiveFact("p1", FACT.name, "低保家庭", DAY, "人社局", 0.9)
        assert tx.sensitive.put_many([corrected]) == 1
        assert tx.sensitive.of_projects(["p1", "p9"]) == {"p1": [corrected]}
        assert tx.sensitive.forget("p1", ["birth_date"]) == 0
        assert tx.sensitive.forget("p1", [FACT.name]) == 1
        assert tx.sensitive.of_projects(["p1"]) == {}
    with store.reading() as tx:
        lines = str(tx.ledger.list())
    assert "sensitive.forget" in lines
    for private in (PRIVATE, "低保", "hardship", "人社局"):
        assert private not in lines


def test_two_facts_of_one_key_are_refused_by_adding(store: Store) -> None:
    with_people(store)
    with (
        pytest.raises(AlreadyExistsError, match="p1") as refused,
        store.transaction(who="officer", why="核验") as tx,
    ):
        tx.sensitive.add_many([FACT, FACT])
    assert PRIVATE not in str(refused.value)


def test_a_fact_never_prints_its_value() -> None:
    assert PRIVATE not in repr(FACT)
    assert PRIVATE not in f"{[FACT]}"


def test_the_key_file_is_made_once_for_us_alone(tmp_path: Path) -> None:
    first = fact_keys(tmp_path / "home")
    path = tmp_path / "home" / "facts.key"
    assert fact_keys(tmp_path / "home") == first
    assert [len(key) for key in first] == [32]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("ab" * 32 + "\n" + path.read_text(encoding="ascii"), encoding="ascii")
    assert fact_keys(tmp_path / "home") == (b"\xab" * 32, *first)


@pytest.mark.parametrize("content", ["", "zz", "ab", "ab" * 32 + "\nab\n", "密钥"])
def test_a_spoilt_key_file_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "facts.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"facts\.key 已损坏"):
        fact_keys(tmp_path)
    assert path.read_text(encoding="utf-8") == content
