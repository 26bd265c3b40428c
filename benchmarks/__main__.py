"""`python -m benchmarks`: measure, print, and rewrite the sections of RESULTS.md."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.registry import BENCHMARKS
from benchmarks.report import draw, markdown, rewrite
from benchmarks.workshop import Workshop
from peipao.clock import Clock, SystemClock

RESULTS = ROOT / "benchmarks" / "RESULTS.md"

HELP = """测量整个服务,打印结果并改写 benchmarks/RESULTS.md 中相应的一节。
Measure the whole service, print the figures and rewrite their sections of benchmarks/RESULTS.md.

不写名称即全部运行;每项都在新的进程和临时文件夹里进行,不碰 .peipao 中的数据。
Without names all of them run, each in fresh processes and a temporary folder; the data in .peipao
are not touched.
"""

EXAMPLES = """例 / examples:
  python -m benchmarks --list                 有哪些测量,各约需几分钟 / what there is
  python -m benchmarks city_round serving     只运行两项 / only these two
  python -m benchmarks serving --runs 5       重复 5 次取中位数 / median of 5
  python -m benchmarks digest --python OTHER  另用一个装好依赖的解释器核对 / also on another Python
  python -m benchmarks city_round --dry       只打印,不改写结果文件 / print only

计时结果只有在机器空闲时才有意义;每节都写明开始时的负载。
Timings mean something on an idle machine only; every section states the load when it began.
数字未达标不算失败,退出码仍为 0;某项无法运行时退出码为 1。
A missed figure is no failure (exit code 0); a benchmark that cannot run is (exit code 1).
"""


def main(arguments: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """Run the chosen benchmarks and return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown or given.runs < 1:
        known = "、".join(BENCHMARKS)
        parser.error(
            f"没有这项测量 / unknown: {unknown};现有 / known: {known}"
            if unknown
            else "--runs 至少为 1 / must be at least 1"
        )
    if given.list:
        for name, one in BENCHMARKS.items():
            print(f"{name:15s} ~{one.minutes} min  {one.chinese}\n{'':24s}{one.english}")
        return 0
    with tempfile.TemporaryDirectory(prefix="peipao-bench-") as folder:
        shop = Workshop(
            Path(folder),
            given.runs,
            tuple(given.python),
            rivals=given.rivals,
            large=given.large,
            _home=given.home,
        )
        names = given.names or list(BENCHMARKS)
        failed = [
            name for name in names if not _measured(name, shop, given, clock or SystemClock())
        ]
    if failed:
        print(f"未能完成 / could not be run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measured(name: str, shop: Workshop, given: argparse.Namespace, clock: Clock) -> bool:
    print(f"{name} …", file=sys.stderr, flush=True)
    made, started = _made(name, shop, clock), time.perf_counter()
    try:
        section = BENCHMARKS[name].run(shop)
    except (subprocess.CalledProcessError, RuntimeError, AssertionError, OSError) as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    if section is not None:
        draw(section)
        if not given.dry:
            rewrite(RESULTS, name, markdown(section, made))
    print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return True


def _made(name: str, shop: Workshop, clock: Clock) -> str:
    """Return where, when and by which command; where an interpreter lies is nobody's business."""
    more = " --python …" * len(shop.pythons) if name == "digest" else ""
    at = clock.now().strftime("%Y-%m-%d %H:%M UTC")
    load = f"{os.getloadavg()[0]:.1f}"
    return (
        f"*{at} · {os.cpu_count()} cores, load {load} at the start · {platform.system()}, "
        f"Python {platform.python_version()} · `python -m benchmarks {name}{more}`*"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="要运行的测量 / what to run")
    parser.add_argument("--list", action="store_true", help="列出全部测量 / list what there is")
    parser.add_argument(
        "--runs", type=int, default=3, help="计时重复几次,取中位数 / repetitions (3)"
    )
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        help="digest 另用的解释器,可多次 / another interpreter for digest, repeatable",
    )
    parser.add_argument(
        "--rivals",
        metavar="PATH",
        help="assignment 对比所用的解释器(装有 ortools 等)/ an interpreter with rival solvers",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help="连同百万规模 / a million needs as well (15 min, 4 GB)",
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="PATH",
        help="已训练的示例城市 S,不再另建 / a home with the trained sample city S to measure on",
    )
    parser.add_argument(
        "--dry", action="store_true", help="不改写结果文件 / leave RESULTS.md alone"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
