"""Formulas of benefits: numbers, facts, + - * /, min and max, over ranges instead of numbers."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from peipao.errors import InvalidInputError

Range = tuple[float, float]
"""Least and greatest value; infinity is without limit."""

_LONGEST = 200  # a longer one is cut, which leaves no formula


def value_of(formula: str, facts: Mapping[str, Range]) -> Range:
    """Return the range of a formula for ranges of facts, all of them >= 0.

    Raises:
        InvalidInputError: the formula is no such formula, or names an unknown fact.
    """
    try:
        return _value(ast.parse(formula[:_LONGEST], mode="eval").body, facts)
    except (SyntaxError, ValueError, KeyError, ZeroDivisionError, RecursionError) as error:
        raise InvalidInputError(
            "benefit.formula", f"无法计算 {formula[:80]!r}", "数字、事实、+ - * /、min、max"
        ) from error


def _value(node: ast.expr, facts: Mapping[str, Range]) -> Range:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value), float(node.value)
    if isinstance(node, ast.Name):
        return facts[node.id]
    if isinstance(node, ast.BinOp):
        return _combined(node, _value(node.left, facts), _value(node.right, facts))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        choose = {"min": min, "max": max}[node.func.id]
        parts = [_value(part, facts) for part in node.args]
        return choose(low for low, _ in parts), choose(high for _, high in parts)
    raise ValueError


def _combined(node: ast.BinOp, left: Range, right: Range) -> Range:
    rules: Mapping[type[ast.operator], Callable[[float, float], float]] = {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: 0.0 if 0 in (a, b) else a * b,
        ast.Div: lambda a, b: a / b,
    }
    rule = rules[type(node.op)]
    corners = [rule(a, b) for a in left for b in right]
    if any(math.isnan(corner) for corner in corners):
        raise ValueError
    return min(corners), max(corners)
