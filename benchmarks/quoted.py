"""Benchmarks that are scripts of their own: run, and quoted as they print."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.processes import ROOT, environment


def output_of(script: str, *options: str) -> str:
    """Return what a script in this folder prints.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    command: Sequence[str] = (sys.executable, f"benchmarks/{script}", *options)
    done = subprocess.run(  # noqa: S603  our own scripts
        command,
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()
