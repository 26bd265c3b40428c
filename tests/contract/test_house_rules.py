"""House rules that no linter knows: they are read off the source of all five packages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import peipao
from peipao import errors

ROOT = Path(peipao.__file__).resolve().parent.parent
PACKAGES = ("peipao", "features", "models", "matching", "serving")
KIND_NAMES = frozenset(
    path.stem for path in (ROOT / "peipao" / "kinds").glob("*.toml") if path.stem != "project"
)
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}

STILL_OPEN = frozenset({"peipao/sample/people.py"})
"""Files that break the ban on kind names so far; the list may only shrink."""


def constants_of(tree: ast.Module) -> dict[str, ast.expr]:
    """Return name -> value of the module's constants, so that a named literal is seen through."""
    plain = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    annotated = {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name)
    }
    return plain | annotated


def kinds_said(node: ast.expr, constants: dict[str, ast.expr]) -> set[str]:
    """Return the kind names that an expression says literally, through constants and sets."""
    named = constants.get(node.id) if isinstance(node, ast.Name) else None
    inner = [node, *ast.walk(named)] if named is not None else list(ast.walk(node))
    return {n.value for n in inner if isinstance(n, ast.Constant) and n.value in KIND_NAMES}


def is_about_kinds(node: ast.expr) -> bool:
    """Tell whether an expression is `kind`, `x.kind`, `x["kind"]`, `spec.name` or the like."""
    words = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    words |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    words |= {
        n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    return any("kind" in word for word in words) or words & {"spec"} != set()


def kind_comparisons(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that compare a kind with a literal kind name, or match on one."""
    constants = constants_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(kinds_said(side, constants) for side in sides) and any(
                is_about_kinds(side) for side in sides
            ):
                yield node.lineno
        elif isinstance(node, ast.Match) and is_about_kinds(node.subject):
            patterns = [n for case in node.cases for n in ast.walk(case.pattern)]
            values = [n.value for n in patterns if isinstance(n, ast.MatchValue)]
            yield from (v.lineno for v in values if kinds_said(v, constants))


def print_calls(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that call `print`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            yield node.lineno


def error_classes() -> list[type[errors.PeipaoError]]:
    """Return every error of `peipao.errors`, the root included."""
    found, open_classes = [], [errors.PeipaoError]
    while open_classes:
        one = open_classes.pop()
        found.append(one)
        open_classes += one.__subclasses__()
    return sorted(set(found), key=lambda cls: cls.__name__)


def test_the_rules_read_all_five_packages_and_all_kinds() -> None:
    assert {path.split("/")[0] for path in SOURCES} == set(PACKAGES)
    assert {"mentor", "service_officer", "space"} <= KIND_NAMES


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.xfail(strict=True)] if path in STILL_OPEN else [])
        for path in SOURCES
    ],
)
def test_no_code_knows_a_kind_by_its_name(path: str) -> None:
    assert [f"{path}:{line}" for line in kind_comparisons(SOURCES[path])] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if "/cli/" not in path])
def test_nothing_outside_the_command_line_prints(path: str) -> None:
    assert [f"{path}:{line}" for line in print_calls(SOURCES[path])] == []


@pytest.mark.parametrize("path", SOURCES)
def test_every_module_says_what_it_is_for(path: str) -> None:
    assert ast.get_docstring(SOURCES[path])


@pytest.mark.parametrize("error", error_classes(), ids=lambda cls: cls.__name__)
def test_every_error_has_a_code_for_machines_and_a_title_for_staff(
    error: type[errors.PeipaoError],
) -> None:
    assert CODE.fullmatch(error.code)
    assert CHINESE.search(error.title)
    assert error is errors.PeipaoError or {"code", "title"} <= vars(error).keys()


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in error_classes()]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("path", [path for path in SOURCES if path != "peipao/errors.py"])
def test_errors_raised_on_purpose_live_in_one_module(path: str) -> None:
    known = {name for name in vars(errors) if name.endswith("Error")}
    bases = [
        f"{path}:{node.lineno}"
        for node in ast.walk(SOURCES[path])
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in known
    ]
    assert bases == []


@pytest.mark.parametrize(
    "code",
    [
        'if kind == "mentor": pass',
        'x = need.kind != "space"',
        'x = row["kind"] in ("mentor", "space")',
        'x = "talent" == spec.name',
        'OFFICER = "service_officer"\nx = provider.kind == OFFICER',
        'ONE = {"mentor", "talent"}\nx = provider.kind in ONE',
        'x = table.c.kind == "mentor"',
        'match kind:\n    case "mentor": pass',
        'match need.kind:\n    case "talent" | "space": pass',
    ],
)
def test_the_ban_on_kind_names_sees_through(code: str) -> None:
    assert list(kind_comparisons(ast.parse(code))) != []


@pytest.mark.parametrize(
    "code",
    [
        "x = kind == other.kind",
        'x = array.dtype.kind == "f"',
        'x = team == "talent"',
        'x = policy.kind == "loan"',
        'KINDS = ("mentor", "space")',
        "match kind:\n    case _: pass",
    ],
)
def test_the_ban_on_kind_names_leaves_the_rest_alone(code: str) -> None:
    assert list(kind_comparisons(ast.parse(code))) == []


def test_the_ban_on_print_sees_a_print() -> None:
    assert list(print_calls(ast.parse("def f():\n    print(1)"))) == [2]
