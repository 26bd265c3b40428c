"""Processes to measure: each figure is taken in a fresh one, which this one only starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]


def environment(**given: str) -> dict[str, str]:
    """Return the environment of a child: ours without settings of the service, and `given`."""
    ours = os.environ  # noqa: TID251  it is handed on, not read
    return {name: value for name, value in ours.items() if not name.startswith("PEIPAO_")} | given


def run_child(
    module: str, *arguments: str, python: str = sys.executable, **variables: str
) -> dict[str, Any]:
    """Run `python -m module` to its end and return the JSON object on its last line.

    Raises:
        subprocess.CalledProcessError: it failed; its own words are on standard error.
    """
    done = subprocess.run(  # noqa: S603  our own modules
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Server:
    """A process that serves HTTP and says its address on standard output.

    Attributes:
        port: on loopback; None until `wait_for_address`.
        peak_mb: greatest resident memory, MB; known after `stop`.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Watch a process that was just started."""
        self.process = process
        self.port: int | None = None
        self.peak_mb: float | None = None
        self.lines: list[str] = []

    def wait_for_address(self) -> int:
        """Return the port, once the process has said it.

        Raises:
            RuntimeError: the process ended before.
        """
        assert self.process.stdout is not None
        self.port = port_in(self.process.stdout, self.lines)
        return self.port

    def stop(self) -> None:
        """Ask the process to end, wait for it and note its memory."""
        if self.peak_mb is None:
            # Not `terminate`, which reaps a process that was killed; its memory would be unknown.
            os.kill(self.process.pid, signal.SIGTERM)
            _, code, used = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(code)
            self.peak_mb = megabytes(used.ru_maxrss)


def port_in(stream: IO[str], lines: list[str]) -> int:
    """Return the port of the first loopback address in a stream; what is read goes to `lines`.

    Raises:
        RuntimeError: the stream ended without one.
    """
    for line in stream:
        lines.append(line.rstrip("\n"))
        _, found, rest = line.partition("http://127.0.0.1:")
        if found:
            digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
            return int(digits)
    raise RuntimeError("the process ended without saying an address:\n" + "\n".join(lines[-20:]))


@contextmanager
def serving_process(
    command: Sequence[str], folder: Path, *, before: Sequence[str] = (), **variables: str
) -> Iterator[Server]:
    """Start a server in a folder, under another command if asked; it is stopped in the end."""
    process = subprocess.Popen(  # noqa: S603  our own modules
        [*before, sys.executable, *command],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", **variables),
        stdout=subprocess.PIPE,
        text=True,
    )
    server = Server(process)
    try:
        yield server
    finally:
        server.stop()


def megabytes(maxrss: float) -> float:
    """Return MB (2^20 bytes) from `ru_maxrss`, which macOS counts in bytes and Linux in KB."""
    return maxrss / (2**20 if sys.platform == "darwin" else 2**10)
