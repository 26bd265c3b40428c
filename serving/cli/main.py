"""`peipao …`: the command line over the same use cases as the API."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from peipao.clock import SystemClock
from peipao.errors import (
    CheckFailedError,
    DatabaseNotReadyError,
    LedgerBrokenError,
    NoActiveModelError,
    PeipaoError,
    SolverFailedError,
)
from serving.cli import (
    assignments,
    database,
    demo,
    doctor,
    evaluate,
    explain,
    keys,
    kinds,
    ledger,
    rounds,
    serve,
    train,
)
from serving.cli.screen import complain

EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_BROKEN = 2, 3, 70
_UNAVAILABLE = (DatabaseNotReadyError, NoActiveModelError, SolverFailedError)
_BROKEN = (LedgerBrokenError, CheckFailedError)

app = typer.Typer(
    name="peipao",
    help="陪跑:把创业项目的需求与导师、服务专员、空间等资源方公平、精确地对接起来。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("explain")(explain.explain)
app.command("solve")(assignments.solve)
app.command("openapi")(serve.openapi)
app.add_typer(database.app, name="db")
app.add_typer(kinds.app, name="kinds")
app.add_typer(rounds.app, name="round")
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code.

    Exit codes: 0 done; 2 refused, the input is to be mended; 3 not available now (no database, no
    model); 70 an error of ours, written to `peipao-error.log` in the working folder.
    """
    try:
        code = app(args=arguments, standalone_mode=False)
    except typer.TyperException as refusal:
        complain("usage", refusal.format_message())
        code = EXIT_REFUSED
    except (typer.Abort, KeyboardInterrupt):
        complain("aborted", "已中止,未完成的步骤没有写入")
        code = 130
    except PeipaoError as refusal:
        complain(refusal.code, str(refusal))
        code = _exit_code(refusal)
    except Exception:  # noqa: BLE001  the last line of defence: staff never see a traceback
        complain("internal", f"程序内部错误,详情已写入 {_written_log().name};请将其交给运维人员")
        code = EXIT_BROKEN
    sys.exit(code if isinstance(code, int) else 0)


def _exit_code(refusal: PeipaoError) -> int:
    if isinstance(refusal, _UNAVAILABLE):
        return EXIT_UNAVAILABLE
    return EXIT_BROKEN if isinstance(refusal, _BROKEN) else EXIT_REFUSED


def _written_log() -> Path:
    log = Path("peipao-error.log")
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{SystemClock().now().isoformat()}\n{traceback.format_exc()}\n")
    return log


if __name__ == "__main__":
    main()
