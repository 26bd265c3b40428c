"""Train a kind's model: store to features, fit, evaluate, package, register, activate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.base import Progress
from peipao.clock import Clock
from peipao.store import ModelRecord, Store
from serving.usecases.active_models import ActiveModels, manifest_sha256
from serving.usecases.gather_training_data import GatherTrainingData, iso
from serving.usecases.report_disparity import ReportDisparity
from serving.usecases.track_models import TrackModels

if TYPE_CHECKING:
    from models.disparity import Cell
    from models.training import TrainedModel


@dataclass(frozen=True, slots=True)
class TrainedSummary:
    """What came of a training.

    Attributes:
        metrics: on the latest needs, by name as in the tracking store.
        counts: rows that were learnt from.
        data_version: of the store when it was read.
        run_id: of the tracking store; None if it was not asked for.
        flags: what the promotion gate asks people to look at; with any of them the version waits,
            unless it is the first or the flags were accepted.
        disparity: how districts and founder groups fared; totals of groups alone.
    """

    kind: str
    version: str
    metrics: Mapping[str, float]
    params: Mapping[str, str | int | float]
    counts: Mapping[str, int]
    data_version: str
    activated: bool
    run_id: str | None
    flags: tuple[str, ...] = ()
    disparity: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainModel:
    """Fits, judges, packages and activates a model; no transaction is open while it fits.

    Attributes:
        packages: folder of the model packages.
        key: signs them.
        seed: of the latent models, unless a call names another.
    """

    store: Store
    clock: Clock
    gather: GatherTrainingData
    disparity: ReportDisparity
    models: ActiveModels
    tracking: TrackModels
    packages: Path
    key: bytes
    seed: int

    def __call__(
        self,
        kind: str,
        *,
        by: str,
        seed: int | None = None,
        why: str = "训练模型",
        activate: bool = True,
        accept_flags: bool = False,
        track: bool = True,
        progress: Progress | None = None,
    ) -> TrainedSummary:
        """Return the summary of a new, verified and (if asked) active version.

        Args:
            kind: which model.
            by: the account that acts.
            seed: of the latent models.
            why: reason for the ledger.
            activate: serve it from now on; a model with flags takes the place of another only if
                they are accepted.
            accept_flags: somebody has looked at what the gate flags.
            track: also log the run and register the version in the tracking store.
            progress: told the Chinese name of a step and the share of the work done.

        Raises:
            UnknownKindError: there is no such kind.
            InvalidInputError: there is nothing to learn from.
        """
        # Whoever only serves must not pay for the libraries of training.
        from models.training import train

        tell = progress or _silent
        tell("读取数据并编码画像", 0.0)
        gathered = self.gather(kind)
        version, created_at = self._free_version(kind), iso(self.clock.now())
        trained = train(
            gathered.data,
            self.seed if seed is None else seed,
            created_at,
            version,
            progress=lambda step, share: tell(step, 0.1 + 0.7 * share),
        )
        activate = activate and (accept_flags or not trained.flags or self._is_first(kind))
        tell("写出并校验模型包", 0.82)
        record = self._written(kind, trained)
        tell("登记模型版本", 0.88)
        run_id = None
        if track:
            run_id = self.tracking.log(
                trained,
                self.packages / version,
                data_version=gathered.data_version,
                champion=activate,
            )
        with self.store.transaction(
            who=by, why=why, versions={"model": version, "data": gathered.data_version}
        ) as tx:
            tx.models.add(record)
            if activate:
                tx.models.activate(version)
        tell("完成", 1.0)
        return TrainedSummary(
            kind=kind,
            version=version,
            metrics=trained.metrics,
            params=trained.params,
            counts=trained.package.facts["counts"],
            data_version=gathered.data_version,
            activated=activate,
            run_id=run_id,
            flags=tuple(flag.words for flag in trained.flags),
            disparity=self.disparity(trained.evaluation.treated),
        )

    def _is_first(self, kind: str) -> bool:
        """Tell whether no model of the kind serves yet: then even a flagged one is better."""
        with self.store.reading() as tx:
            return not any(one.active for one in tx.models.list(kind))

    def _free_version(self, kind: str) -> str:
        # A training that failed half-way leaves a folder behind, which is never overwritten.
        with self.store.reading() as tx:
            name, _, number = tx.models.next_version(kind).rpartition("-")
        free = int(number)
        while (self.packages / f"{name}-{free:04d}").exists():
            free += 1
        return f"{name}-{free:04d}"

    def _written(self, kind: str, trained: TrainedModel) -> ModelRecord:
        """Write the package and read it back: what cannot be loaded is never registered."""
        from models.package import write_package

        version = trained.package.version
        folder = self.packages / version
        self.packages.mkdir(parents=True, exist_ok=True)
        write_package(trained.package, folder, self.key)
        record = ModelRecord(
            version=version,
            kind=kind,
            folder=version,
            manifest_sha256=manifest_sha256(folder),
            created_at=self.clock.now(),
            figures=dict(trained.metrics),
        )
        self.models.load(record)
        return record


def _silent(_step: str, _share: float) -> None:
    """Tell nobody."""
