"""Benchmarks that are commands of their own: run, and quoted as they print."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.processes import ROOT, environment


def output_of(module: str, *options: str) -> str:
    """Return what `python -m module` prints.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command: Sequence[str] = (sys.executable, "-m", module, *options)
    done = subprocess.run(  # noqa: S603  our own modules
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()
