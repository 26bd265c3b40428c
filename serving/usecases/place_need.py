"""Give one need a place outside a round: with a provider of choice, or the best who is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peipao.clock import Clock
from peipao.domain.offers import Side
from peipao.domain.records import Need
from peipao.domain.states import NEED
from peipao.errors import (
    CapacityTakenError,
    DuplicateMatchError,
    InvalidInputError,
    NeedFilledError,
    NobodyFreeError,
    NotEligibleError,
    PeipaoError,
    StaleWriteError,
)
from peipao.kinds.catalogue import Catalogue
from peipao.store import Store, Transaction
from serving.usecases.answer_offer import told
from serving.usecases.exactly_once import Call, Reply, Writing, exactly_once, first_reply
from serving.usecases.explain_pair import ExplainPair
from serving.usecases.find_next import FindNext, Proposal
from serving.usecases.make_offer import MakeOffer, places_left
from serving.usecases.standing_rounds import standing_round

_OVERTAKEN = (CapacityTakenError, DuplicateMatchError, StaleWriteError)


@dataclass(frozen=True, slots=True)
class PlaceNeed:
    """Offers a need a place at once; whatever was accepted stays as it is.

    Attributes:
        explain: says why a pair is not eligible.
    """

    store: Store
    catalogue: Catalogue
    clock: Clock
    find: FindNext
    make: MakeOffer
    explain: ExplainPair

    def __call__(
        self,
        need_id: str,
        *,
        call: Call,
        provider_id: str | None = None,
        agreed: Side | None = None,
    ) -> Reply:
        """Offer the need a place.

        Args:
            need_id: a need with an empty place.
            call: who asks.
            provider_id: of choice; None is the best who is free.
            agreed: the side that asks, and so has agreed.

        Raises:
            NotFoundError: the need or the provider is not stored.
            NeedFilledError: the need has all it wants.
            NotEligibleError: the pair must not be made; says why.
            CapacityTakenError: the provider has no free place.
            NobodyFreeError: nobody eligible is free.
            KeyReusedError: the idempotency key was used for something else.
        """
        request = ["offer", need_id, provider_id, None if agreed is None else agreed.value]
        writing = Writing("直接推荐", request)

        def attempt() -> Reply:
            return self._attempted(need_id, provider_id, call, writing, agreed)

        return first_reply(self.store, call, writing, attempt)

    def _attempted(
        self,
        need_id: str,
        provider_id: str | None,
        call: Call,
        writing: Writing,
        agreed: Side | None,
    ) -> Reply:
        need = self._checked(need_id, provider_id)
        round_id = standing_round(self.store, need.kind, self.clock.now(), by=call.by)
        found = self.find.only(need_id, provider_id) if provider_id else self.find.now(need_id)
        for proposal in found:
            try:
                return self._made(proposal, round_id, call, writing, agreed)
            except _OVERTAKEN:
                if provider_id is not None:
                    raise
        raise self._refusal(need_id, provider_id)

    def _made(
        self,
        proposal: Proposal,
        round_id: str,
        call: Call,
        writing: Writing,
        agreed: Side | None,
    ) -> Reply:
        def work(tx: Transaction) -> Mapping[str, object]:
            return told(tx, self.make(tx, proposal, round_id, by=call.by, agreed=agreed).match)

        return exactly_once(self.store, call, writing, work)

    def _checked(self, need_id: str, provider_id: str | None) -> Need:
        """Refuse what cannot be before anything is computed."""
        with self.store.reading() as tx:
            need = tx.needs.get(need_id)
            if not places_left(need, tx.matches.of_need(need_id)):
                raise NeedFilledError(need_id, NEED.labels[need.state])
            if provider_id is None:
                return need
            provider = tx.providers.get(provider_id)
        if provider.kind != need.kind:
            right = f"类别为 {need.kind} 的资源方"
            raise InvalidInputError("provider_id", f"属于类别 {provider.kind}", right)
        if provider.used >= provider.capacity:
            raise CapacityTakenError(provider_id)
        return need

    def _refusal(self, need_id: str, provider_id: str | None) -> PeipaoError:
        if provider_id is None:
            return NobodyFreeError(need_id)
        excluded = self.explain(need_id, provider_id).excluded_because
        if excluded is None:
            return CapacityTakenError(provider_id)
        return NotEligibleError(need_id, provider_id, excluded)
