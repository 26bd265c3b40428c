from __future__ import annotations

from pathlib import Path

import pytest
from training_sets import a_training_set

from models import tracking
from models.blend import HybridRanker
from models.hybrid import LatentRanker
from models.package import read_package, write_package
from models.tracking import CHALLENGER, CHAMPION, Tracking, open_tracking
from models.training import TrainedModel, train
from peipao.errors import DatabaseNotReadyError, NotFoundError

KEY = b"key"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Tracking:
    folder = tmp_path_factory.mktemp("tracking")
    return open_tracking(folder / "mlflow.db", folder / "artifacts")


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    data = a_training_set(n_needs=60, n_providers=20)
    quick = HybridRanker(latent=LatentRanker(n_models=1, n_factors=4, n_epochs=3))
    return train(data, 1, "2026-01-02T03:04:05+00:00", "mentor-0001", ranker=quick)


def logged(store: Tracking, trained: TrainedModel, tmp_path: Path) -> str:
    write_package(trained.package, tmp_path / "mentor-0001", KEY)
    return store.log_run(trained, tmp_path / "mentor-0001", tags={"gate": "passed"})


def test_a_run_keeps_figures_settings_and_tags(
    store: Tracking, trained: TrainedModel, tmp_path: Path
) -> None:
    run = store.client.get_run(logged(store, trained, tmp_path))
    assert run.data.metrics == pytest.approx(trained.metrics)
    assert run.data.params["n_factors"] == "4"
    assert run.data.tags["gate"] == "passed"
    assert run.data.tags["training_data"] == trained.package.facts["training_data"]
    assert run.info.status == "FINISHED"


def test_an_alias_leads_to_a_package_that_loads(
    store: Tracking, trained: TrainedModel, tmp_path: Path
) -> None:
    run_id = logged(store, trained, tmp_path)
    version = store.register("mentor", run_id)
    store.set_alias("mentor", CHAMPION, version)
    found = store.resolve("mentor", CHAMPION)
    assert (found.version, found.run_id) == (version, run_id)
    assert read_package(found.folder, KEY).version == "mentor-0001"


def test_an_alias_moves_to_the_next_version_and_back(
    store: Tracking, trained: TrainedModel, tmp_path: Path
) -> None:
    run_id = logged(store, trained, tmp_path)
    first, second = store.register("space", run_id), store.register("space", run_id)
    assert second == first + 1
    store.set_alias("space", CHAMPION, second)
    store.set_alias("space", CHAMPION, first)
    assert store.resolve("space", CHAMPION).version == first


def test_an_alias_nobody_set_is_not_found(store: Tracking) -> None:
    with pytest.raises(NotFoundError, match="peipao-investor@challenger"):
        store.resolve("investor", CHALLENGER)


def test_a_store_opened_again_is_the_same_store(tmp_path: Path, store: Tracking) -> None:
    experiment = store.client.get_experiment(store.experiment_id)
    database = Path(experiment.artifact_location.removeprefix("file://")).parent / "mlflow.db"
    again = open_tracking(database, tmp_path / "elsewhere")
    assert again.experiment_id == store.experiment_id


def test_a_version_is_found_by_its_tag(
    store: Tracking, trained: TrainedModel, tmp_path: Path
) -> None:
    run_id = logged(store, trained, tmp_path)
    store.register("talent", run_id, {"package_version": "talent-0001"})
    second = store.register("talent", run_id, {"package_version": "talent-0002"})
    assert store.find_version("talent", "package_version", "talent-0002") == second
    assert store.find_version("talent", "package_version", "talent-0009") is None
    assert store.find_version("no-such-kind", "package_version", "talent-0002") is None


def test_a_file_that_is_no_database_of_mlflow_is_named(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("garbage", encoding="ascii")
    with pytest.raises(DatabaseNotReadyError, match=r"mlflow\.db"):
        open_tracking(tmp_path / "mlflow.db", tmp_path / "artifacts")


def test_a_first_start_that_is_stopped_half_way_leaves_no_half_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_draft: Path) -> None:
        _draft.write_text("half", encoding="ascii")
        raise KeyboardInterrupt

    monkeypatch.setattr(tracking, "_client", stopped)
    with pytest.raises(KeyboardInterrupt):
        open_tracking(tmp_path / "mlflow.db", tmp_path / "artifacts")
    assert list(tmp_path.iterdir()) == []
