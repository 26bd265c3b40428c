"""The worked analyses run from an empty home, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import peipao

ROOT = Path(peipao.__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_analysis_runs_and_leaves_nothing_behind(notebook: Path, tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    scratch = tmp_path / "scratch"
    for folder in (home, here, scratch):
        folder.mkdir()
    environment = {
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "MPLBACKEND": "agg",
        "PYTHONUTF8": "1",
        # A city's own database must stay untouched whatever the environment says.
        "PEIPAO_STORE__URL": "sqlite:////nowhere/at/all.db",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", notebook],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    left = [path.name for folder in (here, scratch) for path in folder.iterdir()]
    assert (ran.returncode, ran.stderr, left) == (0, "", [])
