"""The door to the database: nobody else opens transactions, and nobody else commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType

import sqlalchemy as sa

from peipao.clock import Clock
from peipao.domain.steps import Deadlines
from peipao.reference.deadlines import packaged_deadlines
from peipao.store import migration
from peipao.store.answers import Answers
from peipao.store.bids import Bids
from peipao.store.calls import Calls
from peipao.store.comments import Comments
from peipao.store.commitments import Commitments
from peipao.store.content import Content
from peipao.store.engine import WRITES, is_in_memory, open_engine, reading_options, wipe
from peipao.store.failures import named_failures
from peipao.store.feedback import FeedbackEvents
from peipao.store.findings import Findings
from peipao.store.gate import Gate
from peipao.store.keys import Keys
from peipao.store.ledger import Ledger
from peipao.store.links import Links
from peipao.store.matches import Matches
from peipao.store.models import Models
from peipao.store.monthly_facts import MonthlyFacts
from peipao.store.needs import Needs
from peipao.store.notices import Notices
from peipao.store.projects import Projects
from peipao.store.providers import Providers
from peipao.store.rates import Rates
from peipao.store.replies import Replies
from peipao.store.requests import Requests
from peipao.store.rounds import Rounds
from peipao.store.sealing import Sealing
from peipao.store.sensitive import SensitiveFacts
from peipao.store.statements import Statements
from peipao.store.steps import NeedSteps
from peipao.store.vacancies import Vacancies
from peipao.store.vetoes import Vetoes
from peipao.store.work import Work

_NO_VERSIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Transaction:
    """All repositories, on one connection and one snapshot."""

    projects: Projects
    requests: Requests
    needs: Needs
    steps: NeedSteps
    comments: Comments
    rates: Rates
    statements: Statements
    providers: Providers
    rounds: Rounds
    findings: Findings
    commitments: Commitments
    matches: Matches
    feedback: FeedbackEvents
    vetoes: Vetoes
    answers: Answers
    links: Links
    vacancies: Vacancies
    replies: Replies
    calls: Calls
    bids: Bids
    sensitive: SensitiveFacts
    notices: Notices
    models: Models
    keys: Keys
    ledger: Ledger
    content: Content
    monthly_facts: MonthlyFacts

    def data_version(self) -> str:
        """Return the sequence number of the last ledger line that this transaction sees.

        Every write adds a line, and lines become visible in their order, so equal numbers mean
        equal data.
        """
        return str(self.ledger.head().sequence)


def _transaction(work: Work, sealing: Sealing | None) -> Transaction:
    return Transaction(
        projects=Projects(work),
        requests=Requests(work),
        needs=Needs(work),
        steps=NeedSteps(work),
        comments=Comments(work),
        rates=Rates(work),
        statements=Statements(work),
        providers=Providers(work),
        rounds=Rounds(work),
        findings=Findings(work),
        commitments=Commitments(work, sealing),
        matches=Matches(work),
        feedback=FeedbackEvents(work),
        vetoes=Vetoes(work),
        answers=Answers(work),
        links=Links(work),
        vacancies=Vacancies(work),
        replies=Replies(work),
        calls=Calls(work),
        bids=Bids(work),
        sensitive=SensitiveFacts(work, sealing),
        notices=Notices(work),
        models=Models(work),
        keys=Keys(work),
        ledger=Ledger(work),
        content=Content(work),
        monthly_facts=MonthlyFacts(work),
    )


@dataclass(frozen=True, slots=True)
class Store:
    """A database; safe to share between threads.

    Attributes:
        gate: one writer at a time on SQLite; for a database in memory, which has a single
            connection, readers wait for their turn too. None on PostgreSQL.
        sealing: keys of sensitive facts; without them none can be stored or read.
        deadlines: how long each step of a need may take.
    """

    engine: sa.Engine
    clock: Clock
    gate: Gate | None
    sealing: Sealing | None = None
    deadlines: Deadlines = field(default_factory=packaged_deadlines)

    @staticmethod
    def open(
        url: str,
        clock: Clock,
        sealing: Sealing | None = None,
        deadlines: Deadlines | None = None,
    ) -> Store:
        """Return the store of a database URL; connects only when used.

        Raises:
            SettingsError: the URL cannot be used.
        """
        engine = open_engine(url)
        gate = Gate() if engine.dialect.name == "sqlite" else None
        return Store(engine, clock, gate, sealing, deadlines or packaged_deadlines())

    @contextmanager
    def transaction(
        self, *, who: str, why: str, versions: Mapping[str, str] = _NO_VERSIONS
    ) -> Iterator[Transaction]:
        """Open a transaction that writes; it commits at the end, or undoes all on an exception.

        Args:
            who: the account that acts; an id, never a person's name.
            why: reason for the ledger.
            versions: on what it rests (model, data, rules, tables).

        Raises:
            DatabaseNotReadyError: the database cannot be reached, is locked or not migrated.
            StaleWriteError: another transaction came first.
        """
        with named_failures(), self._turn(), self.engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                work = self._work(connection, who, why, versions)
                tx = _transaction(work, self.sealing)
                yield tx
                tx.ledger.settle()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads, all of it from one snapshot.

        Raises:
            DatabaseNotReadyError: the database cannot be reached or is not migrated.
        """
        turn = self._turn() if is_in_memory(self.engine) else nullcontext()
        with named_failures(), turn, self.engine.connect() as connection:
            connection.execution_options(**reading_options(self.engine))
            with connection.begin():
                work = self._work(connection, "", "", {}, writable=False)
                yield _transaction(work, self.sealing)

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a named lock for a while; False if another process holds it.

        On PostgreSQL all processes share it. On SQLite it is always given: one process serves,
        and what is done under it must stand being done by two.

        Raises:
            DatabaseNotReadyError: the database cannot be reached.
        """
        if self.engine.dialect.name != "postgresql":
            yield True
            return
        with named_failures(), self.engine.connect() as connection, connection.begin():
            asked = sa.select(sa.func.pg_try_advisory_xact_lock(7230176, sa.func.hashtext(name)))
            yield bool(connection.scalar(asked))

    def migrate(self) -> None:
        """Bring the database to the state this code needs; two processes may do so at once.

        Sensitive facts that are stored plain, or under an older key than today's, are sealed, and
        the clocks of needs that have none are started. It is one transaction: a process that is
        killed leaves the database as it was.

        Raises:
            DatabaseNotReadyError: the database cannot be reached or changed.
        """
        sealed = 0

        def finish(connection: sa.Connection) -> None:
            nonlocal sealed
            # What is stored says the same as before, so the ledger is owed no line.
            quiet = self._work(connection, "", "", {})
            sealed = SensitiveFacts(quiet, self.sealing).seal_all()
            tx = _transaction(
                self._work(connection, "system", "升级:需求开始计时", {}), self.sealing
            )
            tx.needs.start_clocks()
            tx.ledger.settle()

        with named_failures(), self._turn():
            migration.upgrade(self.engine, finish=finish)
            if sealed:
                wipe(self.engine)

    def downgrade(self, revision: str = "base") -> None:
        """Take the database back to an older revision; `base` removes all tables and data."""
        with named_failures(), self._turn():
            migration.downgrade(self.engine, revision)

    def check_ready(self) -> None:
        """Make sure that the database is reachable and is of the revision this code needs.

        Raises:
            DatabaseNotReadyError: says what is wrong and what to run.
        """
        turn = self._turn() if is_in_memory(self.engine) else nullcontext()
        with named_failures(), turn:
            migration.require_head(self.engine)

    def database_version(self) -> str:
        """Return name and version of the database engine, such as `SQLite 3.53.4`."""
        turn = self._turn() if is_in_memory(self.engine) else nullcontext()
        with named_failures(), turn, self.engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            asked = "SELECT sqlite_version()" if sqlite else "SHOW server_version"
            version = connection.scalar(sa.text(asked))
        return f"{'SQLite' if sqlite else 'PostgreSQL'} {version}"

    def revision(self) -> str:
        """Return the database revision that this code needs."""
        return migration.head()

    def close(self) -> None:
        """Close all connections; the store opens new ones if it is used again."""
        self.engine.dispose()

    def _work(
        self,
        connection: sa.Connection,
        who: str,
        why: str,
        versions: Mapping[str, str],
        *,
        writable: bool = True,
    ) -> Work:
        return Work(connection, self.clock, who, why, dict(versions), writable, self.deadlines)

    def _turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self.gate is None else self.gate.held()
