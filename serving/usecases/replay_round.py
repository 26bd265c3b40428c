"""Decide a round again from its bundle alone and compare every byte of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from peipao.canonical import sha256_lines
from peipao.domain.lottery import commitment_hash, committed_seed
from peipao.domain.records import Match, Outcome, Round
from peipao.domain.rounds import is_solved
from peipao.errors import CheckFailedError, InvalidInputError, SolverFailedError
from peipao.store import Store
from serving.usecases.check_searched import check_searched, differing_lines
from serving.usecases.decide_round import Decided, decide
from serving.usecases.frozen_rounds import FrozenRounds, read_bundle
from serving.usecases.round_bundle import Bundle


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found; only ever made when everything agrees.

    Attributes:
        digest: SHA-256 of the result lines, of the round and of the replay alike.
        inputs: SHA-256 of the frozen inputs.
        lines: how many result lines are equal, byte for byte.
        recomputed: True if solving again gave these bytes. False if quotas cross, the search has a
            time limit and ended elsewhere: the stored plan itself was then checked instead, pair by
            pair, and its figures and outcomes worked out again to the same bytes.
    """

    round_id: str
    digest: str
    inputs: str
    lines: int
    recomputed: bool = True


@dataclass(frozen=True, slots=True)
class ReplayRound:
    """Proves a stored round again: same inputs, same optimum, same bytes, same stored matches."""

    store: Store
    frozen: FrozenRounds

    def __call__(self, round_id: str) -> Replayed:
        """Return the digest that both the stored round and its replay have.

        Raises:
            NotFoundError: the round is not stored.
            InvalidInputError: no solver made the round.
            CheckFailedError: lists everything that does not agree.
        """
        with self.store.reading() as tx:
            stored = tx.rounds.get(round_id)
            # Who took a place that fell free later was never part of what was solved.
            matches = [m for m in tx.rounds.matches_of(round_id) if m.instead_of is None]
            decided = tx.rounds.outcomes_of(round_id)
        require_solved(stored)
        bundle = self.frozen.read(round_id, str(stored.certificate.get("inputs", "")))
        replayed = replay_bundle(bundle)
        _compare(stored, matches, decided, bundle)
        return replayed


def replay_file(path: Path) -> Replayed:
    """Return what the replay of a bundle in a file found: no database, no model, no network.

    Raises:
        OSError: the file is not there or cannot be opened.
        CheckFailedError: the file is no bundle, or the replay gives other bytes; says which.
    """
    return replay_bundle(read_bundle(path, path.name))


def replay_bundle(bundle: Bundle) -> Replayed:
    """Return what the replay of a bundle found.

    Raises:
        CheckFailedError: the replay gives other bytes; says where and by which program.
    """
    head = bundle.head
    check_lottery(bundle)
    again = _again(bundle)
    differing = differing_lines(bundle.result, () if again is None else again.lines)
    touched = sha256_lines(bundle.result) != head["digest"]
    if touched or (differing and not (again is None or again.assignment.searched)):
        raise CheckFailedError([_told(bundle, differing)])
    if differing:
        check_searched(bundle, again)
    found = str(head["round"]), str(head["digest"]), str(head["inputs"]), len(bundle.result)
    return Replayed(*found, recomputed=not differing)


def _again(bundle: Bundle) -> Decided | None:
    """Return the inputs decided again; None if the search found nothing in its time."""
    try:
        return decide(bundle.frozen)
    except SolverFailedError:
        if bundle.head.get("search") is None:
            raise
        return None


def check_lottery(bundle: Bundle) -> None:
    """Do nothing if a promised seed is the one that was promised.

    Raises:
        CheckFailedError: the secret does not have the promised hash, or gives another seed.
    """
    told = bundle.head["lottery"]
    if told is None:
        return
    problems = []
    if commitment_hash(told["secret"]) != told["hash"]:
        problems.append("揭示的密值与事先公布的承诺不符")
    if committed_seed(told["secret"], bundle.head["inputs"], told["value"]) != bundle.head["seed"]:
        problems.append("摇号种子并非由承诺、冻结输入与公开值得出")
    if problems:
        raise CheckFailedError(problems)


def require_solved(stored: Round) -> None:
    """Do nothing if a solver made the round.

    Raises:
        InvalidInputError: it only holds pairs that people made.
    """
    if not is_solved(stored.id, stored.kind):
        raise InvalidInputError("round_id", f"轮次 {stored.id} 并非由求解得出", "撮合得出的轮次")


def _told(bundle: Bundle, differing: Sequence[int]) -> str:
    head, now = bundle.head, f"peipao {version('peipao')}"
    where = f"结果第 {differing[0]} 行起不同,共 {len(differing)} 行" if differing else "摘要不符"
    program = "" if head["program"] == now else f";该轮由 {head['program']} 得出,现为 {now}"
    return f"轮次 {head['round']} 重算的{where}{program}"


def _compare(
    stored: Round, matches: Sequence[Match], outcomes: Sequence[Outcome], bundle: Bundle
) -> None:
    """Hold what the database says of a round against its bundle."""
    made = sorted([match.need_id, match.provider_id] for match in matches)
    told = [
        [one.need_id, one.type.value, one.position, one.reason, one.officer] for one in outcomes
    ]
    lines = [line for line in bundle.result if line[0] != "round"]
    problems = []
    if made != [line[1:3] for line in lines if line[0] == "match"]:
        problems.append(f"轮次 {stored.id} 存储的配对与冻结的结果不同")
    if told != [line[1:] for line in lines if line[0] == "outcome"]:
        problems.append(f"轮次 {stored.id} 存储的需求结果与冻结的结果不同")
    if stored.digest != bundle.head["digest"] or stored.seed != bundle.head["seed"]:
        problems.append(f"轮次 {stored.id} 的摘要或种子与冻结的不同")
    if problems:
        raise CheckFailedError(problems)
