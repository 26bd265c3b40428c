"""Which missing facts matter to a rule: all that can, and the fewest that could settle it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from peipao.policy.evaluate import cell_choices, completed, open_repeated
from peipao.policy.rules import Node, Rule
from peipao.policy.words import Truth

Residue = bool | str | tuple[bool, frozenset[Any]]
"""What is left of a tree: settled, one open name, or open parts under all (True) or any (False).

Parts never carry the kind of their parent and every name stands once, so two residues are equal
exactly if they are the same function of their names.
"""

Sets = frozenset[frozenset[str]]
Cells = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class _Case:
    cells: Cells
    residue: Residue


def residue(rule: Rule, node: Node, truths: list[Truth]) -> Residue:
    """Return what is left of a tree once the known conditions are filled in."""
    if isinstance(node, int):
        value = truths[node]
        return rule.conditions[node].name if value is None else value
    parts: set[Residue] = set()
    for part in node.parts:
        left = residue(rule, part, truths)
        if left is (not node.every):
            return not node.every
        if isinstance(left, tuple) and left[0] is node.every:
            parts |= left[1]
        elif not isinstance(left, bool):
            parts.add(left)
    if not parts:
        return node.every
    return parts.pop() if len(parts) == 1 else (node.every, frozenset(parts))


def essential(rule: Rule, values: Mapping[str, Any]) -> frozenset[str]:
    """Return the names on which the answer still depends, whatever the others are.

    This is the smallest set of facts whose values decide the rule however they turn out: each
    of them can tip it, and no other can. Open points (`@…`) among them are settled by nobody.
    """
    truths = rule.truths(values)
    names = open_repeated(rule, truths)
    cases = list(_cases(rule, values, truths, names))
    found = {name for case in cases for name in _names(case.residue)}
    for position, name in enumerate(names):
        beside: dict[Cells, Residue] = {}
        for case in cases:
            others = case.cells[:position] + case.cells[position + 1 :]
            if beside.setdefault(others, case.residue) != case.residue:
                found.add(name)
    return frozenset(found)


def quickest(
    rule: Rule, values: Mapping[str, Any], ask: Callable[[str], str]
) -> frozenset[str] | None:
    """Return the fewest questions of which favourable answers make the rule hold.

    Whatever is not asked may turn out either way; open points are taken as settled in favour.
    None: no answers do. Of several smallest sets the first by name counts.

    Args:
        rule: a compiled policy.
        values: what is known.
        ask: name of a condition -> name of the fact that is asked for.
    """
    truths = rule.truths(values)
    names = open_repeated(rule, truths)
    cases = list(_cases(rule, values, truths, names))
    best: frozenset[str] | None = None
    for size in range(len(names) + 1):
        for chosen in combinations(range(len(names)), size):
            asked = frozenset(ask(names[n]) for n in chosen)
            for found in _sufficient(cases, chosen, ask):
                best = _smaller(best, found | asked)
    return best


def _smaller(best: frozenset[str] | None, new: frozenset[str]) -> frozenset[str]:
    if best is None:
        return new
    return min(best, new, key=lambda names: (len(names), sorted(names)))


def _cases(
    rule: Rule, values: Mapping[str, Any], truths: list[Truth], names: tuple[str, ...]
) -> Iterator[_Case]:
    for cells in cell_choices(rule, values, names):
        yield _Case(cells, residue(rule, rule.tree, completed(rule, truths, names, cells)))


def _sufficient(
    cases: list[_Case], chosen: tuple[int, ...], ask: Callable[[str], str]
) -> Iterator[frozenset[str]]:
    # the chosen names take the best cell, all others must do in every cell
    groups: dict[Cells, set[Residue]] = {}
    for case in cases:
        groups.setdefault(tuple(case.cells[n] for n in chosen), set()).add(case.residue)
    for residues in groups.values():
        if False not in residues:
            yield from _implicants((True, frozenset(residues)), ask)


def _implicants(left: Residue, ask: Callable[[str], str]) -> Sets:
    """Return the smallest sets of questions whose favourable answers make a residue hold."""
    if isinstance(left, bool):
        return frozenset({frozenset()}) if left else frozenset()
    if isinstance(left, str):
        return frozenset({frozenset() if left.startswith("@") else frozenset({ask(left)})})
    every, parts = left
    inner = [_implicants(part, ask) for part in parts]
    if not every:
        return _minimal(one for sets in inner for one in sets)
    found: Sets = frozenset({frozenset()})
    for sets in inner:
        found = _minimal(a | b for a, b in product(found, sets))
    return found


def _minimal(sets: Iterable[frozenset[str]]) -> Sets:
    found: list[frozenset[str]] = []
    for one in sorted(set(sets), key=len):
        if not any(kept <= one for kept in found):
            found.append(one)
    return frozenset(found)


def _names(left: Residue) -> Iterator[str]:
    if isinstance(left, str):
        yield left
    elif isinstance(left, tuple):
        for part in left[1]:
            yield from _names(part)
