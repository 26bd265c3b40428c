"""Whatever the pages name is there: commands, options, targets, files, routes, settings, states."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from doc_pages import PAGES, ROOT, commands, links, paths, shell_lines, spans, text_of
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from peipao.config import Settings
from peipao.domain.states import MATCH, NEED, ROUND, Machine
from serving.cli.main import app

CLI = get_command(app)
MACHINES: dict[str, Machine[Any]] = {"need": NEED, "round": ROUND, "match": MATCH}
ROUTES = ["/v1", "/openapi.json", *json.loads(text_of("docs/reference/openapi.json"))["paths"]]
MAKEFILE = text_of("Makefile")
TARGETS = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
WAYS_BACK = {("offered", "acknowledged"), ("matched", "acknowledged")}

every_page = pytest.mark.parametrize("page", PAGES)
every_machine = pytest.mark.parametrize("name", MACHINES)


def found_command(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that a line calls and the words after its name."""
    one: Any = CLI
    rest = list(words)
    while isinstance(one, TyperGroup) and rest and not rest[0].startswith("-"):
        one = one.commands[rest.pop(0)]
    return one, rest


def options_of(one: Any) -> set[str]:
    """Return the names of all options of a command."""
    return {name for param in one.params for name in (*param.opts, *param.secondary_opts)}


def unknown_parts(words: list[str]) -> list[str]:
    """Return the options of a line that its command does not have, or the line if there is none."""
    try:
        one, rest = found_command(words)
    except KeyError:
        return [" ".join(words)]
    stated = {word.split("=")[0] for word in rest if word.startswith("-")}
    return sorted(stated - options_of(one) - {"--help"})


def refusal(words: list[str]) -> str | None:
    """Return why the command line would refuse a whole line; None if it would be obeyed."""
    try:
        one, rest = found_command(words)
        one.make_context(one.name, list(rest)).close()
    except (KeyError, typer.TyperException) as error:
        return str(error)
    return None


def leaves(one: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    if not isinstance(one, TyperGroup):
        yield words, one
        return
    for name, part in one.commands.items():
        yield from leaves(part, (*words, name))


LEAVES = dict(leaves(CLI))


def stated_machine(name: str) -> list[list[str]]:
    """Return the chains of states that the model's page states for a machine."""
    paragraph = next(
        line for line in text_of("docs/model.md").splitlines() if line.startswith("**States.**")
    )
    plain = re.sub(r"\s*\([^)]*\)", "", paragraph)
    part = re.search(rf"\b{name}: ([^.]+)\.", plain)
    assert part
    return [chain.split(" -> ") for chain in part[1].split("; ")]


def stated_moves(name: str) -> set[tuple[str, str]]:
    """Return the moves (from, to) that the page states."""
    return {
        (before.split(" | ")[-1], after)
        for chain in stated_machine(name)
        for before, group in pairwise(chain)
        for after in group.split(" | ")
    }


def moves_of(machine: Machine[Any]) -> set[tuple[str, str]]:
    """Return the moves (from, to) that the code allows."""
    return {(a.value, b.value) for a, following in machine.moves.items() for b in following}


def decided_moves(name: str) -> set[tuple[str, str]]:
    """Return the moves that the model's page leaves to ADR 0006."""
    if name == "need":
        ends = {"closed", "referred"}
        open_states = {s.value for s in NEED.moves if not NEED.is_final(s)}
        return WAYS_BACK | {(state, end) for state in open_states for end in ends}
    return {("accepted", "ended")} if name == "match" else set()


@every_page
def test_every_command_line_on_a_page_can_be_called(page: str) -> None:
    wrong = {" ".join(words): unknown_parts(words) for words in commands(page, "peipao")}
    assert {line: parts for line, parts in wrong.items() if parts} == {}


@every_page
def test_every_shell_line_on_a_page_would_be_obeyed(page: str) -> None:
    lines = [words[1:] for words in shell_lines(page) if Path(words[0]).name == "peipao"]
    refused = {" ".join(words): refusal(words) for words in lines}
    assert {line: why for line, why in refused.items() if why} == {}


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_the_example_of_a_command_calls_that_command(words: tuple[str, ...]) -> None:
    lines = re.findall(r"peipao ((?:[\x21-\x7e]+ ?)+)", LEAVES[words].epilog or "")
    assert lines
    assert [unknown_parts(line.split()) for line in lines] == [[]] * len(lines)
    assert tuple(lines[0].split()[: len(words)]) == words


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert (shown.exit_code, words[-1] in shown.output) == (0, True)


@every_page
def test_every_make_target_on_a_page_exists(page: str) -> None:
    named = {words[0] for words in commands(page, "make") if "=" not in words[0]}
    assert named - TARGETS == set()


def test_every_make_target_is_phony_and_explained() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == TARGETS


@every_page
def test_every_link_on_a_page_leads_to_a_file(page: str) -> None:
    assert [target for target in links(page) if not (ROOT / target).exists()] == []


@every_page
def test_every_path_on_a_page_exists(page: str) -> None:
    assert [path for path in paths(page) if not list(ROOT.glob(path.rstrip("/")))] == []


@every_page
def test_every_module_that_a_page_runs_exists(page: str) -> None:
    called = [words for words in shell_lines(page) if "-m" in words]
    modules = [words[words.index("-m") + 1].replace(".", "/") for words in called]
    there = [[*ROOT.glob(f"{one}.py"), *ROOT.glob(f"{one}/__main__.py")] for one in modules]
    assert [name for name, files in zip(modules, there, strict=True) if not files] == []


@every_page
def test_every_route_on_a_page_is_served(page: str) -> None:
    text = " ".join([*spans(page), *(word for line in shell_lines(page) for word in line)])
    named = re.findall(r"(?<!\S)(?:http://127\.0\.0\.1:8000)?(/[a-z][^\s`?]*)", text)
    served = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route))) for route in ROUTES]
    assert [one for one in named if not any(route.fullmatch(one) for route in served)] == []


@every_page
def test_every_setting_on_a_page_is_read(page: str) -> None:
    named = set(re.findall(r"PEIPAO_[A-Z_]+", text_of(page)))
    known = {f"PEIPAO_{name}".upper() for name in Settings.model_fields}
    assert {name.split("__")[0] for name in named} - known == set()


@every_machine
def test_the_model_names_exactly_the_states_there_are(name: str) -> None:
    stated = {one for chain in stated_machine(name) for part in chain for one in part.split(" | ")}
    assert stated == {state.value for state in MACHINES[name].moves}


@every_machine
def test_the_moves_are_those_of_the_model_and_of_its_reading(name: str) -> None:
    assert moves_of(MACHINES[name]) == stated_moves(name) | decided_moves(name)


@every_machine
def test_a_record_begins_where_the_model_says(name: str) -> None:
    assert stated_machine(name)[0][0] == MACHINES[name].start.value


def test_the_glossary_says_the_words_that_screens_say() -> None:
    row = next(line for line in text_of("docs/glossary.md").splitlines() if "| round |" in line)
    said = dict(re.findall(r"(\w+) ([\u4e00-\u9fff]+)", row.split(":")[1]))
    assert said == {state.value: label for state, label in ROUND.labels.items()}


@pytest.mark.parametrize("page", ["docs/model.md", "docs/glossary.md"])
def test_the_pages_know_all_kinds(page: str) -> None:
    kinds = {path.stem for path in (ROOT / "peipao" / "kinds").glob("*.toml")} - {"project"}
    assert kinds - set(spans(page)) == set()


def test_decisions_are_numbered_without_gaps() -> None:
    pages = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    numbers = [int(name[:4]) for name in pages]
    assert numbers == list(range(1, len(pages) + 1))


@pytest.mark.parametrize("page", [page for page in PAGES if "/adr/0" in page])
def test_a_decision_has_the_parts_it_owes(page: str) -> None:
    text = text_of(page)
    assert text.startswith(f"# {Path(page).name[:4]} ")
    assert re.search(
        r"^Status: (accepted|superseded by \d{4}), \d{4}-\d\d-\d\d$", text, re.MULTILINE
    )
    owed = ("Context", "Decision", "Consequences", "Alternatives", "Enforced by")
    assert [part for part in owed if f"**{part}" not in text] == []


@every_page
def test_every_decision_that_a_page_cites_was_taken(page: str) -> None:
    cited = re.findall(r"ADR (\d{4})", text_of(page))
    assert [one for one in cited if not list((ROOT / "docs" / "adr").glob(f"{one}-*.md"))] == []


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)} \(", text_of("CHANGELOG.md"), re.MULTILINE)


def test_a_page_that_names_what_is_not_there_is_noticed() -> None:
    assert unknown_parts(["round", "fly"]) == ["round fly"]
    assert unknown_parts(["explain", "n1", "--nobody", "x"]) == ["--nobody"]
    assert refusal(["round", "publish", "round-1"]) is not None
    assert refusal(["round", "publish", "round-1", "--by", "li"]) is None


def test_every_finding_of_preflight_is_explained_on_the_page_of_rounds_and_no_other() -> None:
    source = "".join(
        text_of(str(path.relative_to(ROOT)))
        for path in sorted((ROOT / "serving" / "usecases").glob("preflight*.py"))
    )
    made = set(re.findall(r'Issue\(\s*"([a-z-]+)"', source))
    made |= set(re.findall(r'^\s+\("([a-z-]+)", "', source, re.MULTILINE))
    table = text_of("docs/rounds.md").split("## Preflight")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [code for row in rows for code in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(told) == sorted(made)
