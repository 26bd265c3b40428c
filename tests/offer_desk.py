"""The use cases of offers on a bare store: real parts, and no model, so that nobody is ranked."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from store_records import MORNING, a_need, a_project, a_provider

from peipao.clock import Clock
from peipao.domain.offers import Side
from peipao.domain.records import Match
from peipao.kinds.catalogue import load_catalogue
from peipao.policy.calculator import Calculator
from peipao.reference.loader import load_reference
from peipao.store import Store, Transaction
from serving.usecases.active_models import ActiveModels
from serving.usecases.answer_offer import AnswerOffer, told
from serving.usecases.change_load import ChangeLoad
from serving.usecases.exactly_once import Call, Reply, Writing, exactly_once
from serving.usecases.expire_offers import ExpireOffers
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.find_next import FindNext, Pick, Proposal
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.live_kind import ReadLiveKind
from serving.usecases.make_offer import MakeOffer
from serving.usecases.offering import Offering
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.provider_boards import ProviderBoards
from serving.usecases.run_match import RunMatch
from serving.usecases.standing_rounds import standing_round

REFERENCE = load_reference()
CATALOGUE = load_catalogue(REFERENCE)
LONG = dt.timedelta(days=30)


@dataclass(frozen=True)
class Desk:
    """Everything that acts on offers, wired on one store."""

    store: Store
    make: MakeOffer
    answer: AnswerOffer
    run: RunMatch
    load: ChangeLoad
    expire: ExpireOffers
    round_id: str

    def offer(
        self, need: str, provider: str, *, key: str | None = None, agreed: Side | None = None
    ) -> Reply:
        """Offer a pair, as `PlaceNeed` does once it has found it."""

        def work(tx: Transaction) -> dict[str, object]:
            proposal = Proposal(Pick(need, provider, 0.5, ("理由",)))
            made = self.make(tx, proposal, self.round_id, by="tests", agreed=agreed)
            return dict(told(tx, made.match))

        return exactly_once(
            self.store, Call("tests", key=key), Writing("推荐", [need, provider]), work
        )

    def match_of(self, need: str) -> Match:
        """Return the only match of a need."""
        with self.store.reading() as tx:
            (match,) = tx.matches.of_need(need)
        return match


def a_desk(store: Store, clock: Clock, folder: Path) -> Desk:
    """Return the use cases, with a standing round of mentors."""
    numbers = itertools.count()
    models, boards = ActiveModels(folder / "packages", b"k" * 32), ProviderBoards()
    offering = Offering(clock, store.deadlines)
    find = FindNext(
        store,
        ReadLiveKind(store, CATALOGUE, models, boards),
        GatherApplicants(Calculator.of(REFERENCE)),
        clock,
        FrozenRounds(folder / "rounds"),
    )
    make = MakeOffer(clock, lambda prefix: f"{prefix}-{next(numbers)}", offering)
    fill = FillVacancies(store, find, make)
    return Desk(
        store=store,
        make=make,
        answer=AnswerOffer(store, clock, fill),
        run=RunMatch(store, clock, fill),
        load=ChangeLoad(store, clock, fill),
        expire=ExpireOffers(store, fill),
        round_id=standing_round(store, "mentor", MORNING, by="tests"),
    )


def settle(store: Store, *, needs: int, providers: int, capacity: int = 1, wanted: int = 1) -> None:
    """Store needs n1 … of projects of their own, and mentors m1 …."""
    with store.transaction(who="clerk", why="登记") as tx:
        tx.projects.add_many([a_project(f"p{k + 1}") for k in range(needs)])
        tx.needs.add_many(
            [a_need(f"n{k + 1}", project_id=f"p{k + 1}", wanted=wanted) for k in range(needs)]
        )
        tx.providers.add_many(
            [a_provider(f"m{k + 1}", capacity=capacity) for k in range(providers)]
        )


Job = Callable[[], str]
Jobs = Sequence[Job]
