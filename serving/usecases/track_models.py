"""The tracking store: runs, registered versions and the champion alias."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.training import TrainedModel


@dataclass(frozen=True, slots=True)
class TrackModels:
    """Talks to the tracking store, and imports its library only then.

    Attributes:
        url: SQLAlchemy URL of the backend.
        artifacts: folder of the artefacts, absolute.
    """

    url: str
    artifacts: Path

    def log(self, kind: str, trained: TrainedModel, folder: Path, *, champion: bool) -> str:
        """Return the id of a new run with figures and package, registered as a version."""
        raise NotImplementedError

    def set_champion(self, kind: str, version: str) -> None:
        """Let the alias `champion` mean this version, if the tracking store knows it."""
        raise NotImplementedError
