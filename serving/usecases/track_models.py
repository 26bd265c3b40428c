"""The tracking store: runs, registered versions and the champion alias."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.tracking import Tracking
    from models.training import TrainedModel

_TAG = "package_version"
_CHAMPION, _CHALLENGER = "champion", "challenger"


@dataclass(frozen=True, slots=True)
class TrackModels:
    """Talks to the tracking store, and imports its library only then.

    Attributes:
        database: SQLite file of the store, absolute.
        artifacts: folder of the runs' files, absolute.
    """

    database: Path
    artifacts: Path

    def log(self, trained: TrainedModel, folder: Path, *, data_version: str, champion: bool) -> str:
        """Return the id of a new run with figures and package, registered as a version."""
        tracking = self._opened()
        kind, version = trained.package.kind, trained.package.version
        run_id = tracking.log_run(trained, folder, {"data_version": data_version})
        number = tracking.register(kind, run_id, {_TAG: version})
        tracking.set_alias(kind, _CHAMPION if champion else _CHALLENGER, number)
        return run_id

    def set_champion(self, kind: str, version: str) -> None:
        """Let the alias `champion` mean this version; one that was never tracked has none."""
        if not self.database.exists():
            return
        tracking = self._opened()
        number = tracking.find_version(kind, _TAG, version)
        if number is not None:
            tracking.set_alias(kind, _CHAMPION, number)

    def _opened(self) -> Tracking:
        from models.tracking import open_tracking

        return open_tracking(self.database, self.artifacts)
