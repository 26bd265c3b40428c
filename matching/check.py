"""The independent checker: believes no solver and shares no code with one, nor with `duals`.

It reads the matches as ids, counts every limit again from the problem, and proves optimality by
weak duality: for any prices >= 0 no assignment is worth more than
`sum price x places + sum max(0, gain - both prices)`; if the assignment reaches that bound, there
is no better one. Without prices it looks for an improving exchange itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from matching.bound import Weighed, weigh
from matching.check_limits import Account, broken_minimums
from matching.check_prices import own_prices
from matching.problem import Assignment, AssignmentProblem, Duals
from peipao.errors import CheckFailedError

MAX_PROBLEMS = 20
"""Problems listed in a certificate; the rest are counted."""

_Longs = npt.NDArray[np.int64]
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the checker found. Integer units are millionths of affinity.

    Attributes:
        valid: True if there is no problem of any sort.
        problems: Chinese sentences that name the pair or id; empty when valid.
        n_matches: number of distinct matches.
        total_units: sum of the weights of the matches.
        objective_units: what the round maximises, recomputed.
        bound_units: no assignment is worth more; None where no prices could be had.
        gap_units: bound minus objective; 0 proves the optimum.
        prices: `given` with the assignment, `derived` here, or `none`.
        claimed_bound_units: what the engine claims that no assignment exceeds, where quotas cross
            and prices alone cannot prove it; None elsewhere.
    """

    valid: bool
    problems: tuple[str, ...]
    n_matches: int
    total_units: int
    objective_units: int
    bound_units: int | None
    gap_units: int | None
    prices: str
    claimed_bound_units: int | None = None

    @property
    def best_bound_units(self) -> int | None:
        """Return the lower of what is proven and what is claimed."""
        known = [x for x in (self.bound_units, self.claimed_bound_units) if x is not None]
        return min(known, default=None)

    def to_json(self) -> dict[str, object]:
        """Return JSON values; a claim only where there is one."""
        values = {**asdict(self), "problems": list(self.problems)}
        if self.claimed_bound_units is None:
            del values["claimed_bound_units"]
        return values

    def require(self) -> None:
        """Do nothing if valid.

        Raises:
            CheckFailedError: with every problem found.
        """
        if not self.valid:
            raise CheckFailedError(self.problems)


def check(problem: AssignmentProblem, assignment: Assignment) -> Certificate:
    """Return the certificate of an assignment."""
    rows = [int(row) for row in assignment.pairs]
    n_pairs = len(problem.weight)
    outside = [f"配对行号 {row} 不存在" for row in rows if not 0 <= row < n_pairs]
    matches = [
        (str(problem.need_ids[problem.need[row]]), str(problem.provider_ids[problem.provider[row]]))
        for row in rows
        if 0 <= row < n_pairs
    ]
    return _certificate(problem, matches, assignment.duals, outside, assignment.bound)


def check_matches(problem: AssignmentProblem, matches: Iterable[_Pair]) -> Certificate:
    """Return the certificate of matches given by (need id, provider id), such as edited by hand."""
    return _certificate(problem, list(matches), None, [])


def _certificate(
    problem: AssignmentProblem,
    matches: Sequence[_Pair],
    duals: Duals | None,
    found: list[str],
    claimed: int | None = None,
) -> Certificate:
    book = _Book.of(problem)
    distinct = list(dict.fromkeys(matches))
    at = book.rows_of(distinct)
    wrong = [*found, *book.broken_limits(matches, distinct, at)]
    rows = np.sort(at[at >= 0])
    wrong += broken_minimums(problem, rows)
    constant = int((problem.wanted * problem.unmatched_penalty).sum())
    objective = int(book.gain[rows].sum()) - constant
    bound, prices = None, "none"
    if not wrong:
        if problem.limits is None and claimed is None:
            bound, prices, unproven = _bound(book, rows, duals)
        else:
            bound, prices, unproven = _limited_bound(book, duals)
        bound = None if bound is None else bound - constant
        wrong += unproven
    if claimed is not None and not wrong:
        wrong += _unlikely(objective, claimed, bound)
    elif bound is not None and bound != objective and not wrong:
        wrong.append(f"目标值与上界相差 {bound - objective} 个单位,未达最优")
    more = [f"另有 {len(wrong) - MAX_PROBLEMS} 处问题"] if len(wrong) > MAX_PROBLEMS else []
    return Certificate(
        valid=not wrong,
        problems=(*wrong[:MAX_PROBLEMS], *more),
        n_matches=len(rows),
        total_units=int(problem.weight[rows].sum()),
        objective_units=objective,
        bound_units=bound,
        gap_units=None if bound is None else bound - objective,
        prices=prices,
        claimed_bound_units=claimed,
    )


@dataclass(frozen=True, slots=True)
class _Book:
    """The problem as the checker reads it.

    Attributes:
        needs, providers: id -> number.
        keys: int64 (n_pairs,), need number x n_providers + provider number, ascending.
        order: int64 (n_pairs,), the pair row of each key.
        gain: int64 (n_pairs,), weight + bonus + penalty saved.
        open: bool (n_pairs,), pairs that were free to choose.
    """

    problem: AssignmentProblem
    needs: dict[str, int]
    providers: dict[str, int]
    keys: _Longs
    order: _Longs
    gain: _Longs
    open: npt.NDArray[np.bool_]

    @staticmethod
    def of(problem: AssignmentProblem) -> _Book:
        keys = problem.need.astype(np.int64) * len(problem.provider_ids) + problem.provider
        order = np.arange(len(keys))
        if (keys[1:] < keys[:-1]).any():
            order = np.argsort(keys, kind="stable")
            keys = keys[order]
        saved = problem.unmatched_penalty[problem.need]
        low = problem.weight < problem.reservation[problem.need]
        return _Book(
            problem=problem,
            needs={key: at for at, key in enumerate(problem.need_ids.tolist())},
            providers={key: at for at, key in enumerate(problem.provider_ids.tolist())},
            keys=keys,
            order=order,
            gain=problem.weight + problem.bonus + saved,
            open=~(low | problem.pinned | problem.vetoed),
        )

    def rows_of(self, pairs: Sequence[_Pair]) -> _Longs:
        """Return int64 (n,), the row of each pair, or -1 if it is not eligible."""
        need = np.array([self.needs.get(need, -1) for need, _ in pairs], dtype=np.int64)
        provider = np.array([self.providers.get(key, -1) for _, key in pairs], dtype=np.int64)
        rows = np.full(len(pairs), -1, dtype=np.int64)
        known = np.flatnonzero((need >= 0) & (provider >= 0))
        wanted = need[known] * len(self.providers) + provider[known]
        at = np.searchsorted(self.keys, wanted)
        inside = np.flatnonzero(at < len(self.keys))
        found = inside[self.keys[at[inside]] == wanted[inside]]
        rows[known[found]] = self.order[at[found]]
        return rows

    def broken_limits(
        self, matches: Sequence[_Pair], distinct: Sequence[_Pair], rows: _Longs
    ) -> list[str]:
        """Return a sentence for every limit the matches break."""
        wrong = []
        if len(distinct) < len(matches):
            wrong = [f"配对 {_shown(p)} 重复出现" for p, n in Counter(matches).items() if n > 1]
        allowed = rows >= 0
        allowed[allowed] = (self.open | self.problem.pinned)[rows[allowed]]
        refused = np.flatnonzero(~allowed).tolist()
        wrong += [self._forbidden(distinct[at], int(rows[at])) for at in refused]
        wrong += self._missing_pins(set(distinct))
        wrong += _crowded([need for need, _ in distinct], self.needs, self.problem.wanted, "需求")
        used = [provider for _, provider in distinct]
        return wrong + _crowded(used, self.providers, self.problem.capacity, "资源方")

    def _forbidden(self, pair: _Pair, row: int) -> str:
        if row < 0:
            return f"配对 {_shown(pair)} 不合格"
        if self.problem.vetoed[row]:
            return f"配对 {_shown(pair)} 已被否决"
        return f"配对 {_shown(pair)} 的匹配度低于需求的保留值"

    def _missing_pins(self, made: set[_Pair]) -> list[str]:
        problem = self.problem
        needs = problem.need_ids[problem.need[problem.pinned]].tolist()
        providers = problem.provider_ids[problem.provider[problem.pinned]].tolist()
        pins = zip(needs, providers, strict=True)
        return [f"指定的配对 {_shown(pin)} 缺失" for pin in pins if pin not in made]


def _shown(pair: _Pair) -> str:
    return f"({pair[0]}, {pair[1]})"


def _crowded(made: Sequence[str], numbers: dict[str, int], limit: _Longs, noun: str) -> list[str]:
    return [
        f"{noun} {key} 有 {count} 个对接,超过上限 {limit[numbers[key]]}"
        for key, count in sorted(Counter(made).items())
        if key in numbers and count > limit[numbers[key]]
    ]


def _bound(book: _Book, rows: _Longs, duals: Duals | None) -> tuple[int | None, str, list[str]]:
    """Return an upper bound on the gain of any assignment, where its prices come from, problems."""
    source = "derived" if duals is None else "given"
    duals = own_prices(book.problem, book.gain, book.open, rows) if duals is None else duals
    if duals is None:
        return None, "none", ["未达最优:存在能提高总体目标的调换"]
    problem = book.problem
    shapes = duals.need.shape, duals.provider.shape
    if shapes != (problem.wanted.shape, problem.capacity.shape):
        return None, source, [f"对偶价格的形状 {shapes} 与问题不符"]
    if (duals.need < 0).any() or (duals.provider < 0).any():
        return None, source, ["对偶价格出现负值"]
    places = problem.wanted.copy(), problem.capacity.copy()
    np.subtract.at(places[0], problem.need[problem.pinned], 1)
    np.subtract.at(places[1], problem.provider[problem.pinned], 1)
    bound = int((duals.need * places[0]).sum() + (duals.provider * places[1]).sum())
    bound += int(book.gain[problem.pinned].sum())
    made = np.zeros(len(book.gain), dtype=np.bool_)
    made[rows] = True
    prices = duals.need, duals.provider
    weighed = weigh((problem.need, problem.provider), book.gain, made, prices, book.open)
    return bound + weighed.above, source, _loose_ends(problem, weighed)


def _limited_bound(book: _Book, duals: Duals | None) -> tuple[int | None, str, list[str]]:
    """Return the same where minimums, quotas or a claimed bound come in."""
    account = Account(book.problem, book.gain, book.open)
    source = "derived" if duals is None else "given"
    duals = account.suggested() if duals is None else duals
    if duals is None:
        return None, "none", ["没有能够证明上界的价格"]
    bound, wrong = account.bound(duals)
    pinned = int(book.gain[book.problem.pinned].sum())
    return None if bound is None else bound + pinned, source, wrong


def _unlikely(objective: int, claimed: int, bound: int | None) -> list[str]:
    """Return what is wrong with a claimed bound."""
    if objective > min(claimed, claimed if bound is None else bound):
        return [f"目标值 {objective} 超过求解器声称的上界 {claimed}"]
    return []


def _loose_ends(problem: AssignmentProblem, weighed: Weighed) -> list[str]:
    """Return pairs at which the prices and the matches contradict each other."""
    needs, providers = problem.need_ids, problem.provider_ids
    cases = ((weighed.better, "按价格应当成立而未成立"), (weighed.worse, "按价格不应成立"))
    return [
        f"配对 ({needs[problem.need[row]]}, {providers[problem.provider[row]]}) {word}"
        for found, word in cases
        for row in found[:MAX_PROBLEMS].tolist()
    ]
