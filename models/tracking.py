"""Runs and model versions in MLflow; the only module that knows it, and only when called.

A run holds settings, figures and a copy of the package as plain files. Nothing is ever loaded
back through MLflow: serving reads package folders, checked and signed. Ids and names of people
stay out of it, but for the provider ids inside the package itself.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from models.training import TrainedModel
from peipao.errors import DatabaseNotReadyError, NotFoundError

EXPERIMENT = "peipao"
CHAMPION, CHALLENGER = "champion", "challenger"
_PACKAGE = "package"
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version in the registry.

    Attributes:
        name: of the registered model, `peipao-<kind>`.
        version: 1, 2, 3 …, given by the registry.
        run_id: the run that made it.
        folder: its copy of the package.
    """

    name: str
    version: int
    run_id: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Tracking:
    """An open tracking store; make it with `open_tracking`.

    Attributes:
        client: an MLflow client.
        experiment_id: of the one experiment that peipao writes to.
    """

    client: Any
    experiment_id: str

    def log_run(
        self, trained: TrainedModel, package_folder: Path, tags: Mapping[str, str] | None = None
    ) -> str:
        """Store settings, figures and the package folder of a training; return the run's id."""
        from mlflow.entities import Metric, Param

        package = trained.package
        at_ms = round(dt.datetime.fromisoformat(package.created_at).timestamp() * 1000)
        run = self.client.create_run(
            self.experiment_id,
            start_time=at_ms,
            run_name=package.version,
            tags={
                "kind": package.kind,
                "package_version": package.version,
                "schema_hash": package.schema_hash,
                "training_data": str(package.facts.get("training_data", "")),
                **(tags or {}),
            },
        )
        run_id = str(run.info.run_id)
        self.client.log_batch(
            run_id,
            metrics=[Metric(name, value, at_ms, 0) for name, value in trained.metrics.items()],
            params=[Param(name, str(value)) for name, value in trained.params.items()],
        )
        self.client.log_artifacts(run_id, str(package_folder), _PACKAGE)
        self.client.set_terminated(run_id, end_time=at_ms)
        return run_id

    def register(self, kind: str, run_id: str, tags: Mapping[str, str] | None = None) -> int:
        """Register the package of a run as the next version of the kind's model; return it."""
        from mlflow.exceptions import MlflowException

        name = model_name(kind)
        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        source = f"{self.client.get_run(run_id).info.artifact_uri}/{_PACKAGE}"
        made = self.client.create_model_version(
            name, source=source, run_id=run_id, tags=dict(tags or {})
        )
        return int(made.version)

    def set_alias(self, kind: str, alias: str, version: int) -> None:
        """Let `champion` or `challenger` stand for a version; it moves if it stood elsewhere."""
        self.client.set_registered_model_alias(model_name(kind), alias, str(version))

    def find_version(self, kind: str, tag: str, value: str) -> int | None:
        """Return the newest version of the kind's model that bears a tag, or None."""
        found = self.client.search_model_versions(f"name='{model_name(kind)}'")
        return max((int(one.version) for one in found if one.tags.get(tag) == value), default=None)

    def resolve(self, kind: str, alias: str) -> RegisteredVersion:
        """Return the version that an alias stands for, with the folder of its package.

        Raises:
            NotFoundError: the model or the alias does not exist.
        """
        from mlflow.exceptions import MlflowException

        try:
            found = self.client.get_model_version_by_alias(model_name(kind), alias)
        except MlflowException as error:
            raise NotFoundError("模型别名", f"{model_name(kind)}@{alias}") from error
        return RegisteredVersion(
            name=found.name,
            version=int(found.version),
            run_id=str(found.run_id),
            folder=Path(url2pathname(urlsplit(found.source).path)),
        )


def model_name(kind: str) -> str:
    """Return the name of a kind's model in the registry."""
    return f"peipao-{kind}"


def open_tracking(database: Path, artifacts: Path) -> Tracking:
    """Open, and on first use create, an embedded tracking store.

    The first use of a database migrates it, which takes seconds: never inside a request.

    Args:
        database: SQLite file.
        artifacts: folder of the runs' files; kept in the database as an absolute address, so it
            must not move afterwards.

    Raises:
        DatabaseNotReadyError: the file is there but is no database of MLflow's.
    """
    os.environ.update(_ENVIRONMENT)  # noqa: TID251  MLflow reads its switches from nowhere else
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if not database.exists():
                _make(database)
            client = _client(database)
            return Tracking(client, _experiment(client, artifacts.resolve().as_uri()))
        except Exception as error:
            raise DatabaseNotReadyError(
                f"MLflow 数据库 {database.name} 无法打开({type(error).__name__});"
                "可将其移走后重试,已启用的模型包不受影响"
            ) from error


def _client(database: Path) -> Any:  # noqa: ANN401  MLflow has no types
    from mlflow.tracking import MlflowClient

    # Its import sets levels of its own, so that ours have to come after it.
    _quieten()
    return MlflowClient(tracking_uri=f"sqlite:///{database.resolve()}")


def _make(database: Path) -> None:
    # Its first migration takes seconds and cannot be taken up again where it was stopped: made
    # beside its place, a database is there whole or not at all, and two starts agree on one.
    draft = database.with_name(f".{database.name}.{secrets.token_hex(4)}")
    try:
        _client(draft)
        with contextlib.suppress(FileExistsError):
            database.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _experiment(client: Any, location: str) -> str:  # noqa: ANN401  MLflow has no types
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        return str(client.create_experiment(EXPERIMENT, location))
    return str(found.experiment_id)


def _quieten() -> None:
    """Keep the migration of a new database from writing forty lines to the screen."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
