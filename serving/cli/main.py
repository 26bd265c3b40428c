"""`peipao …`: the command line over the same use cases as the API."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from peipao.clock import SystemClock
from peipao.errors import (
    CheckFailedError,
    DatabaseNotReadyError,
    LedgerBrokenError,
    ModelPackageError,
    NoActiveModelError,
    PeipaoError,
    SealedFactError,
    SolverFailedError,
)
from serving.cli import (
    books,
    calls,
    database,
    keys,
    kinds,
    ledger,
    offers,
    policy,
    rates,
    requests,
    roster,
    round_questions,
)
from serving.cli.assignments import solve
from serving.cli.classify import classify
from serving.cli.demo import demo
from serving.cli.doctor import doctor
from serving.cli.evaluate import evaluate
from serving.cli.explain import explain
from serving.cli.files import known, reason
from serving.cli.help import command, group, usage_hint
from serving.cli.rank import rank
from serving.cli.screen import complain, ready_streams
from serving.cli.serve import openapi, serve
from serving.cli.tick import tick
from serving.cli.train import train
from serving.cli.wording import error_in_chinese

EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_BROKEN, EXIT_ABORTED = 2, 3, 70, 130
_UNAVAILABLE = (
    DatabaseNotReadyError,
    ModelPackageError,
    NoActiveModelError,
    SealedFactError,
    SolverFailedError,
)
_BROKEN = (LedgerBrokenError, CheckFailedError)

app = group(
    "陪跑:把创业项目的需求与导师、服务专员、空间等资源方公平、精确地对接起来。",
    "peipao demo --serve   各命令的说明:peipao 命令 --help",
    "peipao",
)
command(app, "peipao demo --serve --port 8000", "demo")(demo)
command(app, "peipao serve --port 8000", "serve")(serve)
command(app, "peipao tick", "tick")(tick)
command(app, "peipao doctor", "doctor")(doctor)
command(app, "peipao train mentor space", "train")(train)
command(app, "peipao evaluate mentor", "evaluate")(evaluate)
command(app, "peipao rank mentor --limit 50 --out mentor.csv", "rank")(rank)
command(app, "peipao explain n00001 --provider m00001", "explain")(explain)
command(app, "peipao classify 用无人机给海岛送生鲜", "classify")(classify)
command(app, "peipao solve instance.json --out answer.json", "solve")(solve)
command(app, "peipao openapi docs/reference/openapi.json", "openapi")(openapi)
for part in (
    requests,
    rates,
    round_questions,
    offers,
    calls,
    books,
    roster,
    policy,
    kinds,
    keys,
    ledger,
    database,
):
    app.add_typer(part.app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code.

    Exit codes: 0 done; 2 refused, the input is to be mended; 3 not available now (no database, no
    model, no access to a file); 70 a check failed, or an error of ours, written to
    `peipao-error.log` in the working folder; 130 stopped from the keyboard.
    """
    ready_streams()
    try:
        code = app(args=arguments, prog_name="peipao", standalone_mode=False)
    except Exception as error:  # noqa: BLE001  the last line of defence: never a traceback
        code = _refused(error)
    except KeyboardInterrupt:
        code = EXIT_ABORTED
    if code == EXIT_ABORTED:
        complain("aborted", "已中止;已完成的步骤都已保存,再次运行即可继续")
    sys.exit(code if isinstance(code, int) else 0)


def _refused(error: Exception) -> int:
    if isinstance(error, PeipaoError):
        complain(error.code, str(error))
        return _exit_code(error)
    if isinstance(error, typer.TyperException):
        complain("usage", error_in_chinese(error.format_message()) + usage_hint(error))
        return EXIT_REFUSED
    if isinstance(error, typer.Abort):
        return EXIT_ABORTED
    if isinstance(error, OSError) and (error.filename is not None or known(error)):
        complain("file-access", f"{error.filename or '输出'}:{reason(error)}")
        return EXIT_UNAVAILABLE
    complain("internal", f"程序内部错误,详情已写入 {_written_log()};请将其交给运维人员")
    return EXIT_BROKEN


def _exit_code(refusal: PeipaoError) -> int:
    if isinstance(refusal, _UNAVAILABLE):
        return EXIT_UNAVAILABLE
    return EXIT_BROKEN if isinstance(refusal, _BROKEN) else EXIT_REFUSED


def _written_log() -> Path:
    said = f"{SystemClock().now().isoformat()}\n{traceback.format_exc()}\n"
    try:
        return _appended(Path("peipao-error.log"), said)
    except OSError:
        return _appended(Path(tempfile.gettempdir()) / "peipao-error.log", said)


def _appended(log: Path, text: str) -> Path:
    with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return log


if __name__ == "__main__":
    main()
