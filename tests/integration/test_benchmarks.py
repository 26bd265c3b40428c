"""The benchmarks can be listed, imported and written down; measuring is not for tests."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import peipao

ROOT = Path(peipao.__file__).resolve().parent.parent
OWN_PATH = {"optimality", "policy"}  # they reach for the tests' oracles, which they find themselves
MODULES = sorted({path.stem for path in (ROOT / "benchmarks").glob("*.py")} - OWN_PATH)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def _root_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_the_list_names_every_benchmark_in_both_languages() -> None:
    listed = command("--list")
    names = [line.split()[0] for line in listed.stdout.splitlines() if line[:1].strip()]
    wanted = {"city_round", "serving", "sample_ranking", "ranking", "digest", "first_run"}
    assert (listed.returncode, listed.stderr) == (0, "")
    assert wanted <= set(names)
    assert len(listed.stdout.splitlines()) == 2 * len(names)


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    refused = command("nonsense")
    assert refused.returncode == 2
    assert "nonsense" in refused.stderr
    assert "city_round" in refused.stderr


@pytest.mark.usefixtures("_root_on_path")
@pytest.mark.parametrize("module", MODULES)
def test_every_module_imports(module: str) -> None:
    name = "benchmarks" if module == "__init__" else f"benchmarks.{module}"
    assert import_module(name).__doc__


@pytest.mark.usefixtures("_root_on_path")
def test_every_registered_module_can_be_run() -> None:
    registry = import_module("benchmarks.registry")
    for one in registry.BENCHMARKS.values():
        assert callable(import_module(one.module).run)


@pytest.mark.usefixtures("_root_on_path")
def test_a_section_replaces_its_own_and_leaves_the_others_alone(tmp_path: Path) -> None:
    report = import_module("benchmarks.report")
    page = tmp_path / "RESULTS.md"
    for name, text in (("a", "first\n"), ("b", "other\n"), ("a", "second\n")):
        report.rewrite(page, name, text)
    written = page.read_text(encoding="utf-8")
    assert "first" not in written
    assert written.count("second\n") == written.count("other\n") == 1
    assert written.index("second") < written.index("other")


@pytest.mark.usefixtures("_root_on_path")
def test_a_section_reads_as_markdown_with_its_origin() -> None:
    report = import_module("benchmarks.report")
    grid = report.Grid("Seconds", ("what", "measured"), [("a|b", "1 s")])
    text = report.markdown(report.Section("Title", ("Note.",), (grid,), "quoted"), "*made*")
    assert text.startswith("## Title\n\n*made*\n\nNote.\n")
    assert "| what | measured |\n| --- | --- |\n| a\\|b | 1 s |" in text
    assert text.endswith("```text\nquoted\n```\n")


@pytest.mark.usefixtures("_root_on_path")
def test_a_percentile_is_one_of_the_times() -> None:
    percentile = import_module("benchmarks.http_serving").percentile
    times = [float(number) for number in range(100, 0, -1)]
    assert [percentile(times, k) for k in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([3.0], 50) == 3.0
