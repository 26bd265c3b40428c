"""The hidden taste: why founders and providers of the sample city say yes.

It is our own invention, stated here in full, so that tests and benchmarks can compare what was
learnt with what is true. For a need n of a project p, a provider q and the month t in which the
need was opened, the utility is

    u = content + appeal + liking + district + eagerness

- content: sum over the comparisons of the kind file of w x (x - neutral), missing counts 0. The
  weights w are 0.7 of those of staff, times exp(0.35 z), one z a comparison: staff are nearly
  right.
- appeal: how attractive q is as such: 0.5 z, and a random walk of 0.12 a month. No attribute
  tells it; popularity does, and it drifts.
- liking: 1.2 x (a . b) / 2, with four factors. a mixes the line of business with the project's
  own taste; b mixes what a mentor was before with q's own manner (in other kinds: that alone).
  No comparison tells it; it can be learnt from who got on with whom (words of the line and of
  the background stand in the texts).
- district: 0.3 z a provider and district of the project: some are liked in some places.
- eagerness: 0.4 z a project. It moves all providers alike.

Given u, each step is an independent event of probability logistic(a + b u): opened once shown,
asked once opened, accepted once asked; then the two meet with probability `MEETING`. So what is
seen is censored by the steps before, but never biased given u.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from peipao.domain.records import Need, Project
from peipao.kinds.spec import KindSpec, Measure
from peipao.sample.likeness import NeedSide, ProviderSide, allowed, likeness
from peipao.sample.needs import DAYS
from peipao.sample.people import BACKGROUNDS
from peipao.sample.scene import Scene
from peipao.sample.streams import normals, stream
from peipao.sample.words import Line
from peipao.tables.profiles import BoolArray, FloatArray

MONTHS = 25
FACTORS = 4
OPENING, ASKING, ACCEPTING = (-0.2, 0.6), (-0.8, 1.0), (-0.4, 1.0)
MEETING = 0.92
"""Probability that the two meet once it is accepted."""

_CONTENT, _WEIGHT_SPREAD, _APPEAL, _DRIFT = 0.7, 0.35, 0.5, 0.12
_LIKING, _DISTRICT, _EAGERNESS = 1.2, 0.3, 0.4
_OWN, _SHARED = 0.5, 0.6
_NEUTRAL = {
    Measure.SAME: 0.4,
    Measure.MEMBER: 0.6,
    Measure.COVERAGE: 0.4,
    Measure.TAXONOMY: 0.45,
    Measure.TEXT: 0.2,
    Measure.TRAVEL: 0.6,
    Measure.AT_MOST: 0.9,
    Measure.AT_LEAST: 0.9,
    Measure.NEAR: 0.4,
}


@dataclass(frozen=True, slots=True)
class ProjectTaste:
    """What only the city knows of a project.

    Attributes:
        line: what it really does.
        factors: float64 (FACTORS,), its own taste.
        eagerness: added to the utility of every provider.
    """

    record: Project
    line: Line
    factors: FloatArray
    eagerness: float


@dataclass(frozen=True, slots=True)
class KindTaste:
    """What only the city knows of the providers of a kind.

    Attributes:
        weights: comparison -> hidden weight.
        appeal: float64 (MONTHS, n_providers).
        lines: float64 (n_lines, FACTORS), taste of each line of business.
        manner: float64 (n_providers, FACTORS).
        districts: float64 (n_providers, n_districts).
    """

    spec: KindSpec
    side: ProviderSide
    weights: Mapping[str, float]
    appeal: FloatArray
    lines: FloatArray
    manner: FloatArray
    districts: FloatArray

    def only(self, rows: Sequence[int]) -> KindTaste:
        """Return the taste for some of the providers."""
        return KindTaste(
            self.spec,
            self.side.only(rows),
            self.weights,
            self.appeal[:, rows],
            self.lines,
            self.manner[rows],
            self.districts[rows],
        )


def draw_kind_taste(scene: Scene, kind: str, side: ProviderSide, groups: list[int]) -> KindTaste:
    """Return the hidden taste of a kind.

    `groups` are the rows of `BACKGROUNDS` of the providers; -1 is none.
    """
    seed, spec, count = scene.seed, scene.catalogue[kind], len(side.providers)
    spread = [
        float(stream(seed, "taste", kind, "weight", one.name).standard_normal())
        for one in spec.comparisons
    ]
    drawn = normals(seed, "taste", kind, "appeal", start=0, stop=count, width=1 + MONTHS)
    walk = np.cumsum(drawn[:, 1:], axis=1)
    own = normals(seed, "taste", kind, "manner", start=0, stop=count, width=FACTORS)
    shared = stream(seed, "taste", kind, "groups").standard_normal((len(BACKGROUNDS), FACTORS))
    n_districts = len(scene.reference.codes("districts"))
    places = normals(seed, "taste", kind, "places", start=0, stop=count, width=n_districts)
    lines = stream(seed, "taste", kind, "lines").standard_normal((scene.words.line_count, FACTORS))
    return KindTaste(
        spec=spec,
        side=side,
        weights={
            one.name: _CONTENT * one.weight * float(np.exp(_WEIGHT_SPREAD * z))
            for one, z in zip(spec.comparisons, spread, strict=True)
        },
        appeal=(_APPEAL * drawn[:, :1] + _DRIFT * walk).T,
        lines=lines,
        manner=_manner(shared, own, np.array(groups, np.int64)),
        districts=_DISTRICT * places,
    )


def _manner(
    shared: FloatArray, own: FloatArray, groups: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> FloatArray:
    mixed = np.sqrt(_SHARED) * shared[groups] + np.sqrt(1.0 - _SHARED) * own
    return np.where((groups >= 0)[:, None], mixed, own)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the utility, each float64 (needs, providers)."""

    content: FloatArray
    appeal: FloatArray
    liking: FloatArray
    district: FloatArray
    eagerness: FloatArray

    def total(self) -> FloatArray:
        """Return the utility."""
        return self.content + self.appeal + self.liking + self.district + self.eagerness


@dataclass(frozen=True, slots=True)
class Truth:
    """The hidden taste of a city; for tests and benchmarks, never for a ranker.

    Attributes:
        kinds: kind -> taste; its providers are the columns of every matrix.
        projects: project id -> taste.
    """

    scene: Scene
    kinds: Mapping[str, KindTaste]
    projects: Mapping[str, ProjectTaste]

    def provider_ids(self, kind: str) -> tuple[str, ...]:
        """Return the providers of a kind in the order of the columns."""
        return tuple(one.id for one in self.kinds[kind].side.providers)

    def utility(self, kind: str, needs: Sequence[Need]) -> FloatArray:
        """Return u, float64 (needs, providers), in the month each need was opened."""
        return self.parts(self.kinds[kind], needs).total()

    def acceptance(self, kind: str, needs: Sequence[Need]) -> FloatArray:
        """Return P(accepted | asked), float64 (needs, providers)."""
        return chance(ACCEPTING, self.utility(kind, needs))

    def affinity(self, kind: str, needs: Sequence[Need]) -> FloatArray:
        """Return P(accepted and met | asked), what a calibrated model would say of the pair."""
        return MEETING * self.acceptance(kind, needs)

    def allowed(self, kind: str, needs: Sequence[Need]) -> BoolArray:
        """Tell which pairs rules and districts served allow, bool (needs, providers)."""
        taste = self.kinds[kind]
        return allowed(taste.spec, self.need_side(needs), taste.side, self.scene.reference)

    def need_side(self, needs: Sequence[Need]) -> NeedSide:
        """Return the needs with what their projects really do."""
        tastes = [self.projects[need.project_id] for need in needs]
        return NeedSide(needs, [one.record for one in tastes], [one.line for one in tastes])

    def parts(self, taste: KindTaste, needs: Sequence[Need]) -> Parts:
        """Return the parts of the utility of needs for the providers of a taste."""
        people = [self.projects[need.project_id] for need in needs]
        shape = (len(needs), len(taste.side.providers))
        codes = self.scene.reference.codes("districts")
        place = [codes.index(str(one.record.attributes["district"])) for one in people]
        eager = np.array([one.eagerness for one in people]).reshape(-1, 1)
        return Parts(
            content=self._content(taste, self.need_side(needs)),
            appeal=taste.appeal[[self._month(need) for need in needs]],
            liking=_liking(taste, people),
            district=taste.districts.T[place],
            eagerness=np.broadcast_to(eager, shape),
        )

    def _content(self, taste: KindTaste, side: NeedSide) -> FloatArray:
        found = np.zeros((len(side.needs), len(taste.side.providers)))
        for one in taste.spec.comparisons:
            values = likeness(one, side, taste.side, self.scene.reference) - _NEUTRAL[one.measure]
            values[np.isnan(values)] = 0.0
            found += taste.weights[one.name] * values
        return found

    def _month(self, need: Need) -> int:
        days = DAYS - (self.scene.now - need.opened_at).total_seconds() / 86_400
        return int(np.clip(days * MONTHS / DAYS, 0, MONTHS - 1))


def _liking(taste: KindTaste, people: Sequence[ProjectTaste]) -> FloatArray:
    own = np.array([one.factors for one in people]).reshape(-1, FACTORS)
    line = taste.lines[[one.line.number for one in people]].reshape(-1, FACTORS)
    wanted = (line + _OWN * own) / np.sqrt(1.0 + _OWN**2)
    found: FloatArray = _LIKING * (wanted @ taste.manner.T) / np.sqrt(FACTORS)
    return found


def chance(step: tuple[float, float], utility: FloatArray) -> FloatArray:
    """Return logistic(a + b u)."""
    return 1.0 / (1.0 + np.exp(-(step[0] + step[1] * utility)))


def project_tastes(
    scene: Scene, group: str, records: Sequence[Project], lines: Sequence[Line], start: int
) -> dict[str, ProjectTaste]:
    """Return project id -> hidden taste of consecutive projects of a group, from number `start`."""
    stop = start + len(records)
    drawn = normals(scene.seed, "taste", group, start=start, stop=stop, width=FACTORS + 1)
    return {
        record.id: ProjectTaste(record, line, row[:FACTORS], _EAGERNESS * float(row[FACTORS]))
        for record, line, row in zip(records, lines, drawn, strict=True)
    }
