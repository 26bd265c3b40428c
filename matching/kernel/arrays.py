"""The arrays the kernel works on: edges by row and by column, the state of a round, scratch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Indexes = npt.NDArray[np.uint32]
Starts = npt.NDArray[np.uint64]

FAR = 2**62
"""Farther than every distance: distances stay below places x largest gain, which is checked."""


class Edges(NamedTuple):
    """The edges of one side, grouped by node; the other side has the same edges in its own order.

    Indexes are unsigned: a signed one costs a test for wrap-around at every access, which made a
    solve 1.3 to 1.4 times slower.

    Attributes:
        indptr: uint64 (n + 1,), where the edges of each node start.
        ends: uint32 (n_edges,), the node at the other end, ascending within a node.
        weights: int64 (n_edges,), what taking the edge brings; any sign.
    """

    indptr: Starts
    ends: Indexes
    weights: Longs


class State(NamedTuple):
    """Who holds which place, and the integer prices that prove it.

    Row `i` owns the places `first[i]:first[i + 1]`, each empty or on one column. With
    `left = u[i] + v[j] - weight`: it is >= 0 on every edge not taken and <= 0 on every edge taken
    (exactly 0 where the row owns a single place). A row with u > 0 has no place left and one with
    u < 0 no place to spare, columns and v likewise: what breaks this is a *defect*, and an optimum
    has none.

    Attributes:
        u: int64 (n,), price of a row; v: int64 (m,), price of a column.
        mate: int32 (n_places,), the column of a place or -1; gain: int64 (n_places,), the weight
            of its edge.
        after, before: int32 (n_places,), neighbours in the list of a column or -1.
        head: int32 (m,), first place in the list of a column or -1.
        load, low, cap: int32 (m,), places taken, least and most of a column.
        degree, least, most: int32 (n,), likewise of a row; a row of most 0 is absent.
        first: int64 (n + 1,), the places of a row, one at least; owner: int32 (n_places,), the row
            of a place.
        plain: True if every row has a single place, whose number is then that of the row.
    """

    u: Longs
    v: Longs
    mate: Ints
    gain: Longs
    after: Ints
    before: Ints
    head: Ints
    load: Ints
    low: Ints
    cap: Ints
    degree: Ints
    least: Ints
    most: Ints
    first: Longs
    owner: Ints
    plain: bool


class Work(NamedTuple):
    """Scratch of one thread; every search leaves it as it found it.

    Nodes are columns (0 to m - 1) and rows (m to m + n - 1).

    Attributes:
        dist: int64 (m + n,), tentative distance of a node, FAR, or -1 once it is final.
        via: int32 (m,), by which row or place a column was reached.
        row_dist: int64 (n,), distance of a row or FAR; row_via: int32 (n,), place or column.
        rows: int32 (n,), rows reached in order; touched: int32 (m + n,), nodes to clean up.
        closed: int32 (m,), columns final in order; closed_dist: int64 (m,), their distances.
        heap, slot: int32 (m + n,), queue of nodes by distance and where each node is in it or -1.
        mark: int32 (m,), the row that holds a column while that row is scanned, or -1.
    """

    dist: Longs
    via: Ints
    row_dist: Longs
    row_via: Ints
    rows: Ints
    touched: Ints
    closed: Ints
    closed_dist: Longs
    heap: Ints
    slot: Ints
    mark: Ints


def new_work(n_rows: int, n_columns: int) -> Work:
    """Return scratch for problems of that size."""
    n, m = n_rows, n_columns
    return Work(
        dist=np.full(m + n, FAR, np.int64),
        via=np.empty(m, np.int32),
        row_dist=np.full(n, FAR, np.int64),
        row_via=np.empty(n, np.int32),
        rows=np.empty(n, np.int32),
        touched=np.empty(m + n, np.int32),
        closed=np.empty(m, np.int32),
        closed_dist=np.empty(m, np.int64),
        heap=np.empty(m + n, np.int32),
        slot=np.full(m + n, -1, np.int32),
        mark=np.full(m, -1, np.int32),
    )


def new_state(
    row_bounds: tuple[Longs, Longs], column_bounds: tuple[Longs, Longs], places: Longs
) -> State:
    """Return the state in which nothing is taken and nothing has a price.

    Args:
        row_bounds: least and most of each row, int64 (n,).
        column_bounds: least and most of each column, int64 (m,).
        places: int64 (n,), places a row owns; at least its `most`.
    """
    n, m = len(places), len(column_bounds[0])
    room = np.maximum(places, 1)
    first = np.concatenate((np.zeros(1, np.int64), np.cumsum(room, dtype=np.int64)))
    total = int(first[-1])
    return State(
        u=np.zeros(n, np.int64),
        v=np.zeros(m, np.int64),
        mate=np.full(total, -1, np.int32),
        gain=np.zeros(total, np.int64),
        after=np.full(total, -1, np.int32),
        before=np.full(total, -1, np.int32),
        head=np.full(m, -1, np.int32),
        load=np.zeros(m, np.int32),
        low=column_bounds[0].astype(np.int32),
        cap=column_bounds[1].astype(np.int32),
        degree=np.zeros(n, np.int32),
        least=row_bounds[0].astype(np.int32),
        most=row_bounds[1].astype(np.int32),
        first=first,
        owner=np.repeat(np.arange(n, dtype=np.int32), room),
        plain=total == n,
    )
