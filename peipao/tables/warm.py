"""Compiles the products of sparse rows, or loads what was compiled before; no request has to."""

from __future__ import annotations

import numpy as np

from peipao.tables.postings import MANY, MANY_PAIRS, Postings, add_row_products, dots_at
from peipao.tables.terms import TermRows


def warm() -> None:
    """Run every compiled product once, with the types in which the service calls it.

    Some seconds of one core the first time on a machine, next to nothing from then on. `make`
    runs this once after installing, `peipao doctor` whenever it looks.
    """
    rows, vectors = TermRows.of(np.ones((MANY, 2))), np.ones((3, 2))
    postings = Postings.of(vectors)
    postings.products(rows)
    postings.add_products(rows, np.zeros((MANY, 3), np.float32))
    add_row_products(rows, np.ones((2, 3), np.float32), np.zeros((MANY, 3), np.float32))
    first = np.zeros(MANY_PAIRS, np.int32)
    dots_at(vectors, first, rows, first)


if __name__ == "__main__":
    warm()
