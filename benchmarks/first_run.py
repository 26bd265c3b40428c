"""From a fresh clone to the first ranked list by `make run`, with nothing cached; and again.

The home folder is empty and the caches of pip and uv are off, so everything is fetched. What was
not committed is not in the clone.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.processes import ROOT, environment, port_in
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop

MOST_COLD_S, MOST_WARM_S = 360.0, 60.0
_POLL_S, _PATIENCE_S = 0.05, 60.0
_TRY, _QUOTE = "curl '", "'"
_UNWANTED = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "XDG_CACHE_HOME", "MAKEFLAGS")


_NOTE = """\
Commit {commit}: `git clone`, `make run` until a client holds the first ranked list, stop,
`make run` again likewise. Empty home folder, no cache of pip or uv. Packages come from a mirror
near by: on a slow line the downloads come on top."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    clone, home = shop.folder / "clone", shop.folder / "empty-home"
    shutil.rmtree(clone, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    started = time.perf_counter()
    # Without the hard links of a clone on one disk: files are copied, as over a network.
    _git("clone", "--quiet", "--no-local", str(ROOT), str(clone))
    cloned = time.perf_counter() - started
    commit = _git("-C", str(clone), "rev-parse", "--short", "HEAD").strip()
    cold = _served(clone, home)
    again = _served(clone, home)
    first = cloned + cold[1]
    return Section(
        title="First run",
        notes=(_NOTE.format(commit=commit),),
        grids=(
            Grid(
                "Seconds",
                ("what", "measured", "at most", "met"),
                [
                    ("clone", f"{cloned:.1f} s", "", ""),
                    ("first `make run`: address on the screen", f"{cold[0]:.0f} s", "", ""),
                    (
                        "**fresh clone to first ranked list**",
                        f"{first:.0f} s",
                        f"{MOST_COLD_S:.0f} s",
                        met(first, MOST_COLD_S),
                    ),
                    (
                        "**second `make run` to first ranked list**",
                        f"{again[1]:.0f} s",
                        f"{MOST_WARM_S:.0f} s",
                        met(again[1], MOST_WARM_S),
                    ),
                ],
            ),
        ),
    )


def _served(clone: Path, home: Path) -> tuple[float, float]:
    """Return seconds to the address on the screen and to the first ranked list."""
    started = time.perf_counter()
    process = subprocess.Popen(
        ["make", "run", "PORT=0"],  # noqa: S607  whatever make the path has
        cwd=clone,
        env=_bare(home),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        port_in(process.stdout, lines)
        shown = time.perf_counter() - started
        _ask(_address(process, lines))
        return shown, time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _address(process: subprocess.Popen[str], lines: list[str]) -> str:
    assert process.stdout is not None
    while _TRY not in lines[-1]:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("`make run` ended before it was ready:\n" + "\n".join(lines[-20:]))
        lines.append(line)
    return lines[-1].partition(_TRY)[2].partition(_QUOTE)[0]


def _ask(address: str) -> None:
    last = time.perf_counter() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=_PATIENCE_S) as answer:  # noqa: S310  loopback
                assert json.load(answer)["matches"]
                return
        except (ConnectionError, urllib.error.URLError):
            if time.perf_counter() > last:
                raise
            time.sleep(_POLL_S)


def _bare(home: Path) -> dict[str, str]:
    """Return our environment with an empty home and no caches."""
    ours = environment(HOME=str(home), UV_NO_CACHE="1", PIP_NO_CACHE_DIR="1", PYTHONUNBUFFERED="1")
    return {name: value for name, value in ours.items() if name not in _UNWANTED}


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607  whatever git the path has
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
