"""What the notebooks promise: text without output, no code of their own, nothing but reading."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import peipao

FOLDER = Path(peipao.__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
OURS = ("peipao", "features", "models", "matching", "serving")
ALLOWED = {*OURS, "__future__", "datetime", "tempfile", "dataclasses", "pathlib"} | {
    "matplotlib",
    "numpy",
    "pandas",
}


def nodes(notebook: Path) -> list[ast.AST]:
    """Return the syntax tree of a notebook."""
    return list(ast.walk(ast.parse(notebook.read_text(encoding="utf-8"))))


def imported(notebook: Path) -> set[str]:
    """Return the packages a notebook imports from."""
    plain = [n.name for one in nodes(notebook) if isinstance(one, ast.Import) for n in one.names]
    parts = [one.module or "" for one in nodes(notebook) if isinstance(one, ast.ImportFrom)]
    return {name.split(".")[0] for name in [*plain, *parts]}


def names(notebook: Path) -> set[str]:
    """Return all names and attributes a notebook uses or imports."""
    plain = {one.id for one in nodes(notebook) if isinstance(one, ast.Name)}
    parts = {one.attr for one in nodes(notebook) if isinstance(one, ast.Attribute)}
    return plain | parts | {one.name for one in nodes(notebook) if isinstance(one, ast.alias)}


def test_the_folder_holds_numbered_text_and_nothing_else() -> None:
    found = sorted(path.name for path in FOLDER.iterdir() if path.name != "__pycache__")
    assert found == [path.name for path in NOTEBOOKS]
    assert [path.name[:3] for path in NOTEBOOKS] == ["01_", "02_", "03_", "04_"]


@each
def test_a_notebook_is_cells_of_text_without_output(notebook: Path) -> None:
    lines = notebook.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["# %% [markdown]", f"# # {lines[1].removeprefix('# # ')}"]
    assert {line for line in lines if line.startswith("# %%")} == {"# %%", "# %% [markdown]"}


@each
def test_a_notebook_defines_nothing(notebook: Path) -> None:
    found = [one for one in nodes(notebook) if isinstance(one, DEFINITIONS)]
    assert [one.lineno for one in found] == []


@each
def test_a_notebook_imports_our_packages_and_a_few_others(notebook: Path) -> None:
    assert imported(notebook) - ALLOWED == set()


@each
def test_a_notebook_uses_public_names_only(notebook: Path) -> None:
    private = {name for name in names(notebook) if name.startswith("_") and name != "__future__"}
    assert private - {"annotations"} == set()


@each
def test_a_notebook_writes_through_use_cases_only(notebook: Path) -> None:
    assert names(notebook) & {"transaction", "connect", "execute"} == set()


@each
def test_a_notebook_works_in_a_folder_that_it_throws_away(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    assert "tempfile.TemporaryDirectory(" in text
    assert text.rstrip().endswith("peipao.close()\nhome.cleanup()")
