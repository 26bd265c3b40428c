"""What the benchmarks of one run share: a folder that is thrown away, and the trained city."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import ROOT, run_child


@dataclass(slots=True)
class Workshop:
    """A place to work in.

    Attributes:
        folder: temporary.
        runs: how often a timing is repeated; the median is reported.
        pythons: other interpreters with the locked packages, for `digest`.
        seed: of the sample city.
        rivals: an interpreter with other people's solvers, for `assignment`; None leaves them out.
        large: whether to run what takes many minutes and gigabytes too.
        data: a folder of data sets that are not part of the repository.
    """

    folder: Path
    runs: int = 3
    pythons: tuple[str, ...] = ()
    seed: int = 2026
    rivals: str | None = None
    large: bool = False
    data: Path = ROOT.parent / "shared" / "data"
    _home: Path | None = field(default=None)

    def home(self) -> Path:
        """Return a home folder with the sample city S and a trained model of every kind.

        It is made on first use and must not be written to: take a copy.
        """
        if self._home is None:
            home = self.folder / "city-S"
            run_child("benchmarks.city_home", str(home), str(self.seed))
            self._home = home
        return self._home

    def copy(self, name: str) -> Path:
        """Return a copy of that home that may be written to; an earlier one is thrown away."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.home(), path)
        return path
