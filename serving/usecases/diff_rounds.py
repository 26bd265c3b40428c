"""What differs between two rounds of a kind: pairs, outcomes, figures, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from peipao.domain.records import Match, Outcome, Round
from peipao.errors import InvalidInputError
from peipao.store import Store


@dataclass(frozen=True, slots=True)
class PairDiff:
    """A pair that one of the rounds made and the other did not, or made with another affinity.

    Attributes:
        before, after: affinity in the first and the second round; None where it was not made.
    """

    need_id: str
    provider_id: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class OutcomeDiff:
    """A need whose outcome differs; None where it did not take part."""

    need_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RoundDiff:
    """The differences between two rounds.

    Attributes:
        same_result: the digests are equal: every line of both results is the same.
        same_inputs: the frozen inputs are equal, whatever the seeds.
        kept: pairs that both made.
        pairs: pairs of only one of them, or of another affinity; by need, then provider.
        outcomes: by need.
        figures: name -> (first, second), where they differ.
        rests_on: name -> (first, second), where model, rules, tables or seed differ.
    """

    first: str
    second: str
    kind: str
    same_result: bool
    same_inputs: bool
    kept: int
    pairs: tuple[PairDiff, ...]
    outcomes: tuple[OutcomeDiff, ...]
    figures: Mapping[str, tuple[float | None, float | None]]
    rests_on: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DiffRounds:
    """Compares any two stored rounds of one kind, whatever their states."""

    store: Store

    def __call__(self, first: str, second: str) -> RoundDiff:
        """Return what differs.

        Raises:
            NotFoundError: one of them is not stored.
            InvalidInputError: they are of different kinds.
        """
        with self.store.reading() as tx:
            rounds = tx.rounds.get(first), tx.rounds.get(second)
            matches = tx.rounds.matches_of(first), tx.rounds.matches_of(second)
            outcomes = tx.rounds.outcomes_of(first), tx.rounds.outcomes_of(second)
        if rounds[0].kind != rounds[1].kind:
            kinds = f"{rounds[0].kind} 与 {rounds[1].kind}"
            raise InvalidInputError("round_id", f"两轮的类别不同({kinds})", "同一类别的两轮")
        before, after = (_affinities(one) for one in matches)
        inputs = [one.certificate.get("inputs") for one in rounds]
        return RoundDiff(
            first=first,
            second=second,
            kind=rounds[0].kind,
            same_result=rounds[0].digest == rounds[1].digest,
            same_inputs=inputs[0] is not None and inputs[0] == inputs[1],
            kept=len(before.keys() & after.keys()),
            pairs=tuple(
                PairDiff(*pair, before.get(pair), after.get(pair))
                for pair in sorted(before.keys() | after.keys())
                if before.get(pair) != after.get(pair)
            ),
            outcomes=tuple(_outcomes(*outcomes)),
            figures=_figures(*rounds),
            rests_on=_rests_on(*rounds),
        )


def _affinities(matches: Sequence[Match]) -> dict[tuple[str, str], float]:
    solved = (one for one in matches if one.instead_of is None)
    return {(one.need_id, one.provider_id): one.affinity for one in solved}


def _outcomes(first: Sequence[Outcome], second: Sequence[Outcome]) -> list[OutcomeDiff]:
    before, after = ({one.need_id: one.type.value for one in rows} for rows in (first, second))
    return [
        OutcomeDiff(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _figures(first: Round, second: Round) -> dict[str, tuple[float | None, float | None]]:
    one, other = first.figures, second.figures
    return {
        name: (one.get(name), other.get(name))
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    }


def _rests_on(first: Round, second: Round) -> dict[str, tuple[str, str]]:
    one = {**asdict(first.versions), "seed": first.seed}
    other = {**asdict(second.versions), "seed": second.seed}
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}
