# In compiled code every scalar is a 64-bit integer whatever its annotation: numba sees to that.
# mypy: disable-error-code="assignment, arg-type, return-value, no-any-return"
"""Everything the kernel runs as machine code, in one file.

A compiled function kept on disk is renewed when its own file changes, not when a file it calls
does; so the functions that call each other stay together.

The state holds integer prices that prove every taken edge right as far as it goes (`State`). A
shortest path over what is left of the gains after the prices removes one defect and creates none.
So the same two searches serve a full solve, a warm start and the repair after one change:
`seat` looks for a column from a row that wants a place (or from a column that must give one up),
`fill` looks for a row from a column that wants to be filled. A full solve starts from a coarse
auction, whose prices leave few defects.
"""

from __future__ import annotations

import numpy as np

from matching.kernel.arrays import Edges, Ints, Longs, State, Work
from matching.kernel.compiled import compiled, inlined

FAR = np.int64(2**62)
DONE = np.int64(-1)
FORCE = np.int64(2**45)
"""Worth more than all gains of a round together; a path through every place stays below FAR."""
FINE = 1024
"""Largest gain / step of the last auction; from 512 to 2048 the time is much the same."""
FIRST, FIRST_SHORT = 64, 8
"""The same of the first auction; where places are short, prices must rise far."""
LOWER, LOWER_SHORT = 4, 1
"""By how many of its steps the prices are lowered after it: columns left with a price and a place
cost a search each, prices that are too low cost bids."""
WAR = 8
"""Largest gains a price may rise before the auction leaves a row to the exact search."""


# ---------------------------------------------------------------- queue: a 4-ary heap by distance
@compiled
def _up(heap: Ints, slot: Ints, key: Longs, p: int, node: int) -> None:
    """Put the node at position `p` or above."""
    k = key[node]
    while p > 0:
        q = (p - 1) >> 2
        c = heap[q]
        if key[c] <= k:
            break
        heap[p] = c
        slot[c] = p
        p = q
    heap[p] = node
    slot[node] = p


@compiled
def _pop(heap: Ints, slot: Ints, key: Longs, size: int) -> int:
    """Remove and return the nearest node; `size` is the size before."""
    top = heap[0]
    slot[top] = -1
    size -= 1
    if size == 0:
        return top
    last = heap[size]
    k = key[last]
    p = 0
    while True:
        child = 4 * p + 1
        if child >= size:
            break
        best = child
        best_key = key[heap[child]]
        for q in range(child + 1, min(child + 4, size)):
            kq = key[heap[q]]
            if kq < best_key:
                best, best_key = q, kq
        if best_key >= k:
            break
        heap[p] = heap[best]
        slot[heap[p]] = p
        p = best
    heap[p] = last
    slot[last] = p
    return top


@compiled
def _push(heap: Ints, slot: Ints, key: Longs, size: int, node: int) -> int:
    """Add the node, or move it up if it is queued; return the size after."""
    p = slot[node]
    if p < 0:
        _up(heap, slot, key, size, node)
        return size + 1
    _up(heap, slot, key, p, node)
    return size


# ---------------------------------------------------------------- places and who holds them
@inlined
def _link(mate: Ints, after: Ints, before: Ints, head: Ints, p: int, j: int) -> None:  # noqa: PLR0917  arrays by name: reaching into the state in a loop counts references
    """Put the empty place on column `j`; its load is the caller's affair."""
    h = head[j]
    after[p] = h
    before[p] = -1
    if h >= 0:
        before[h] = p
    head[j] = p
    mate[p] = j


@inlined
def _unlink(mate: Ints, after: Ints, before: Ints, head: Ints, p: int) -> None:
    """Take the place off its column; the load of the column is the caller's affair."""
    b, a = before[p], after[p]
    if b >= 0:
        after[b] = a
    else:
        head[mate[p]] = a
    if a >= 0:
        before[a] = b
    mate[p] = -1


@compiled
def _empty_place(mate: Ints, start: int) -> int:
    """Return the first place, from that one on, that is on no column."""
    p = start
    while mate[p] >= 0:
        p += 1
    return p


@compiled
def _holds(mate: Ints, start: int, end: int, j: int) -> bool:
    """Tell whether one of the places `start:end` is on the column."""
    for p in range(start, end):  # noqa: SIM110  the compiler knows no `any`
        if mate[p] == j:
            return True
    return False


# ---------------------------------------------------------------- the two searches
@compiled
def seat(g: Edges, st: State, wk: Work, s: int, source: int) -> int:  # noqa: C901, PLR0912, PLR0915  a call in these loops costs more than their work
    """Find the cheapest place for row `s`; or, if `s` < 0, move one row out of column `source`.

    Ends at a column with a place left, or at a row on the way that gives a place up. Returns the
    distance, FAR if there is no way (and then nothing has changed).
    """
    u, v, mate, gain = st.u, st.v, st.mate, st.gain
    head, after, before = st.head, st.after, st.before
    load, low, cap = st.load, st.low, st.cap
    degree, least, first, owner = st.degree, st.least, st.first, st.owner
    dist, via, row_dist, row_via = wk.dist, wk.via, wk.row_dist, wk.row_via
    rows, touched, closed, closed_dist = wk.rows, wk.touched, wk.closed, wk.closed_dist
    heap, slot, mark = wk.heap, wk.slot, wk.mark
    indptr, ends, weights = g.indptr, g.ends, g.weights
    m, plain = v.size, st.plain
    n_rows = n_closed = n_touched = size = at = opened = 0
    end_row, end_column = -1, -1
    best = FAR
    d = np.int64(0)
    if s >= 0:
        rows[0] = s
        row_dist[s] = 0
        n_rows = 1
        dist[m + s] = DONE
        touched[0] = m + s
    else:
        closed[0] = source
        closed_dist[0] = 0
        n_closed = 1
        dist[source] = DONE
        touched[0] = source
    n_touched = 1
    while True:
        while d < best and (at < n_rows or opened < n_closed):
            if at == n_rows:  # the rows that hold a place of a column at distance d
                c = closed[opened]
                opened += 1
                p = head[c]
                while p >= 0:
                    x = np.int64(p)
                    if not plain:
                        x = np.int64(owner[p])
                    if plain or first[x + 1] - first[x] == 1:
                        row_dist[x] = d
                        row_via[x] = p
                        rows[n_rows] = x
                        n_rows += 1
                    else:
                        nd = d + gain[p] - u[x] - v[c]
                        if nd < dist[m + x]:
                            if dist[m + x] == FAR:
                                touched[n_touched] = m + x
                                n_touched += 1
                            row_via[x] = p
                            if nd == d:
                                dist[m + x] = DONE
                                if slot[m + x] >= 0:  # let it surface, to be dropped when popped
                                    _up(heap, slot, dist, slot[m + x], m + x)
                                row_dist[x] = d
                                rows[n_rows] = x
                                n_rows += 1
                            else:
                                dist[m + x] = nd
                                size = _push(heap, slot, dist, size, m + x)
                    p = after[p]
                continue
            x = rows[at]  # a row at distance d
            at += 1
            base = d + u[x]
            if base < best and (degree[x] > least[x] or (x == s and degree[x] == least[x])):
                best, end_row, end_column = base, x, -1
                if base == d:
                    break
            many = not plain and first[x + 1] - first[x] > 1
            if many:
                for p in range(first[x], first[x + 1]):
                    if mate[p] >= 0:
                        mark[mate[p]] = x
            for e in range(indptr[x], indptr[x + 1]):
                j = ends[e]
                nd = base + v[j] - weights[e]
                if nd < best and nd < dist[j]:
                    if many and mark[j] == x:
                        continue
                    if dist[j] == FAR:
                        touched[n_touched] = j
                        n_touched += 1
                    via[j] = x
                    if load[j] < cap[j]:
                        if v[j] >= 0 or load[j] < low[j]:
                            dist[j] = nd
                            best, end_row, end_column = nd, -1, np.int64(j)
                            if nd == d:
                                break
                            continue
                        if nd - v[j] < best:
                            best, end_row, end_column = nd - v[j], -1, np.int64(j)
                    if nd == d:  # tight: no need to queue it
                        dist[j] = DONE
                        if slot[j] >= 0:
                            _up(heap, slot, dist, slot[j], j)
                        closed[n_closed] = j
                        closed_dist[n_closed] = d
                        n_closed += 1
                    else:
                        dist[j] = nd
                        size = _push(heap, slot, dist, size, j)
            if many:
                for p in range(first[x], first[x + 1]):
                    if mate[p] >= 0:
                        mark[mate[p]] = -1
        if d >= best:
            break
        node = -1
        while size > 0:
            node = _pop(heap, slot, dist, size)
            size -= 1
            if dist[node] != DONE:
                break
            node = -1
        if node < 0 or dist[node] >= best:
            break
        d = dist[node]
        dist[node] = DONE
        if node < m:
            closed[n_closed] = node
            closed_dist[n_closed] = d
            n_closed += 1
        else:
            row_dist[node - m] = d
            rows[n_rows] = node - m
            n_rows += 1
    for t in range(n_rows):
        x = rows[t]
        if best < FAR:
            u[x] -= best - row_dist[x]
        row_dist[x] = FAR
    for t in range(n_closed):
        if best < FAR:
            v[closed[t]] += best - closed_dist[t]
    for t in range(n_touched):
        dist[touched[t]] = FAR
    for t in range(size):
        slot[heap[t]] = -1
    if best == FAR or (end_row >= 0 and end_row == s):
        return best
    k = np.int64(end_column)
    if end_row >= 0:
        p = row_via[end_row]
        k = np.int64(mate[p])
        _unlink(mate, after, before, head, p)
        degree[end_row] -= 1
    else:
        load[k] += 1
    while k != source:  # move rows along the path; its edges have nothing left after the prices
        x = via[k]
        if x == s:
            p = _empty_place(mate, first[x])
            degree[x] += 1
            o = np.int64(source)
        else:
            p = row_via[x]
            o = np.int64(mate[p])
            _unlink(mate, after, before, head, p)
        _link(mate, after, before, head, p, k)
        gain[p] = u[x] + v[k]
        k = o
    if s < 0:
        load[source] -= 1
    return best


@compiled
def fill(tr: Edges, st: State, wk: Work, start: int) -> int:  # noqa: C901, PLR0912, PLR0915  a call in these loops costs more than their work
    """Find the best use of one empty place of column `start`.

    Seats a row that wants one, moves rows along, or leaves the place empty: the column then costs
    nothing. Returns the distance, FAR if there is no way (and then nothing has changed).
    """
    u, v, mate, gain = st.u, st.v, st.mate, st.gain
    head, after, before = st.head, st.after, st.before
    load, low, degree, least, most = st.load, st.low, st.degree, st.least, st.most
    first, owner = st.first, st.owner
    dist, via, row_dist, row_via = wk.dist, wk.via, wk.row_dist, wk.row_via
    reached, touched, closed, closed_dist = wk.rows, wk.touched, wk.closed, wk.closed_dist
    heap, slot = wk.heap, wk.slot
    indptr, ends, weights = tr.indptr, tr.ends, tr.weights
    plain = st.plain
    n_rows = size = at = 0
    n_closed = n_touched = 1
    end_row, end_column = -1, start
    best = v[start] if load[start] >= low[start] else FAR
    d = np.int64(0)
    closed[0] = start
    closed_dist[0] = 0
    dist[start] = DONE
    touched[0] = start
    while True:
        while d < best and at < n_closed:  # columns at distance d
            k = closed[at]
            at += 1
            base = d + v[k]
            if base < best and load[k] > low[k]:
                best, end_row, end_column = base, -1, k
                if best == d:
                    break
            for e in range(indptr[k], indptr[k + 1]):
                i = np.int64(ends[e])
                nd = base + u[i] - weights[e]
                if nd >= best or nd >= row_dist[i]:
                    continue
                lo, hi = i, i + 1  # places of the row; the usual case reads as little as can be
                if not plain:
                    lo, hi = first[i], first[i + 1]
                many = hi - lo > 1
                if (many or mate[lo] < 0) and most[i] == 0:
                    continue
                if many and _holds(mate, lo, hi, k):
                    continue
                if row_dist[i] == FAR:
                    reached[n_rows] = i
                    n_rows += 1
                row_dist[i] = nd
                row_via[i] = k
                if (many or mate[lo] < 0) and degree[i] < most[i]:
                    if u[i] >= 0 or degree[i] < least[i]:
                        best, end_row, end_column = nd, i, -1
                        if nd == d:
                            break
                        continue
                    if nd - u[i] < best:
                        best, end_row, end_column = nd - u[i], i, -1
                for p in range(lo, hi):
                    o = mate[p]
                    if o < 0:
                        continue
                    far = nd
                    if many:
                        far += gain[p] - u[i] - v[o]
                    if far >= best or far >= dist[o]:
                        continue
                    if dist[o] == FAR:
                        touched[n_touched] = o
                        n_touched += 1
                    via[o] = p
                    if far == d:
                        dist[o] = DONE
                        if slot[o] >= 0:
                            _up(heap, slot, dist, slot[o], o)
                        closed[n_closed] = o
                        closed_dist[n_closed] = d
                        n_closed += 1
                    else:
                        dist[o] = far
                        size = _push(heap, slot, dist, size, o)
        if d >= best:
            break
        j = -1
        while size > 0:
            j = _pop(heap, slot, dist, size)
            size -= 1
            if dist[j] != DONE:
                break
            j = -1
        if j < 0 or dist[j] >= best:
            break
        d = dist[j]
        dist[j] = DONE
        closed[n_closed] = j
        closed_dist[n_closed] = d
        n_closed += 1
    for t in range(n_rows):
        i = reached[t]
        if row_dist[i] < best < FAR:
            u[i] += best - row_dist[i]
        row_dist[i] = FAR
    for t in range(n_closed):
        if best < FAR:
            v[closed[t]] -= best - closed_dist[t]
    for t in range(n_touched):
        dist[touched[t]] = FAR
    for t in range(size):
        slot[heap[t]] = -1
    if best == FAR:
        return best
    k = np.int64(end_column)
    load[start] += 1
    if end_row >= 0:
        p = _empty_place(mate, first[end_row])
        degree[end_row] += 1
        k = np.int64(row_via[end_row])
        _link(mate, after, before, head, p, k)
        gain[p] = u[end_row] + v[k]
    else:
        load[k] -= 1
    while k != start:
        p = np.int64(via[k])
        i = owner[p]
        k = np.int64(row_via[i])
        _unlink(mate, after, before, head, p)
        _link(mate, after, before, head, p, k)
        gain[p] = u[i] + v[k]
    return best


# ---------------------------------------------------------------- the coarse start
@compiled
def _sink(heap: Ints, bid: Longs, lo: int, size: int) -> None:
    """Let the first place of a column's heap of bids sink to where it belongs."""
    p = 0
    top = heap[lo]
    while True:
        child = 2 * p + 1
        if child >= size:
            break
        if child + 1 < size and bid[heap[lo + child + 1]] < bid[heap[lo + child]]:
            child += 1
        if bid[heap[lo + child]] >= bid[top]:
            break
        heap[lo + p] = heap[lo + child]
        p = child
    heap[lo + p] = top


@compiled
def _rise(heap: Ints, bid: Longs, lo: int, p: int) -> None:
    """Let the place at position `p` of a column's heap of bids rise to where it belongs."""
    new = heap[lo + p]
    while p > 0:
        q = (p - 1) >> 1
        if bid[heap[lo + q]] <= bid[new]:
            break
        heap[lo + p] = heap[lo + q]
        p = q
    heap[lo + p] = new


@compiled
def _heaps(tr: Edges, cap: Ints) -> Longs:
    """Return int64 (m + 1,), where the heap of each column starts: it has room for who may come."""
    lowest = np.zeros(cap.size + 1, np.int64)
    for j in range(cap.size):
        lowest[j + 1] = lowest[j] + min(np.int64(cap[j]), np.int64(tr.indptr[j + 1] - tr.indptr[j]))
    return lowest


@compiled
def _auction(g: Edges, st: State, lowest: Longs, liked: Longs, step: int, limit: int) -> None:  # noqa: C901, PLR0912, PLR0915, PLR0917  as above
    """Find near-optimal prices: an empty place bids for its best column, the lowest bid goes.

    A bid lifts a place of a column by at least `step` >= 1, so it ends. A heap of bids per column
    keeps large columns cheap. Leaves `mate` and `gain`; the rest of the state follows in `_enlist`.

    Args:
        g: edges by row.
        st: nobody on a column.
        lowest: int64 (m + 1,), where the heap of each column starts (`_heaps`).
        liked: int64 (2 n,), the two best edges of a row when it last bid, or -1; goes from one
            auction to the next.
        step: least rise of a price.
        limit: price at which a column is left to the exact search.
    """
    v, mate, gain, cap, load = st.v, st.mate, st.gain, st.cap, st.load
    least, most, first, owner = st.least, st.most, st.first, st.owner
    indptr, ends, weights = g.indptr, g.ends, g.weights
    heap = np.empty(lowest[v.size], np.int32)
    bid = np.empty(mate.size, np.int64)
    queue = np.empty(mate.size, np.int32)
    top = 0
    for i in range(most.size - 1, -1, -1):
        for p in range(first[i] + most[i] - 1, first[i] - 1, -1):
            queue[top] = p
            top += 1
    while top > 0:
        top -= 1
        p = queue[top]
        i = owner[p]
        many = first[i + 1] - first[i] > 1
        floor = np.int64(0)
        if least[i] > 0:
            held = 0
            for q in range(first[i], first[i + 1]):
                held += mate[q] >= 0
            if held < least[i]:
                floor = -FAR
        best = second = floor
        j = np.int64(-1)
        if many:
            for e in range(indptr[i], indptr[i + 1]):
                x = weights[e] - v[ends[e]]
                if x > second and not _holds(mate, first[i], first[i + 1], ends[e]):
                    if x > best:
                        second = best
                        best = x
                        j = np.int64(ends[e])
                    else:
                        second = x
        else:  # the two best of last time come first: then hardly any other is better
            a, b = liked[2 * i], liked[2 * i + 1]
            first_edge = second_edge = np.int64(-1)
            if a >= 0 and weights[a] - v[ends[a]] > floor:
                best = weights[a] - v[ends[a]]
                first_edge = a
            if b >= 0 and weights[b] - v[ends[b]] > floor:
                x = weights[b] - v[ends[b]]
                if x > best:
                    second, second_edge = best, first_edge
                    best, first_edge = x, b
                else:
                    second, second_edge = x, b
            for e in range(indptr[i], indptr[i + 1]):
                x = weights[e] - v[ends[e]]
                if x > second and e != a and e != b:  # noqa: PLR1714  compiled
                    if x > best:
                        second, second_edge = best, first_edge
                        best, first_edge = x, np.int64(e)
                    else:
                        second, second_edge = x, np.int64(e)
            if first_edge < 0:
                continue
            liked[2 * i] = first_edge
            liked[2 * i + 1] = second_edge
            j = np.int64(ends[first_edge])
        if j < 0 or v[j] >= limit or cap[j] == 0:
            continue
        if second == -FAR:
            second = best - limit // WAR
        bid[p] = v[j] + best - second + step
        gain[p] = best + v[j]
        mate[p] = j
        lo = lowest[j]
        size = load[j]
        if size == cap[j]:
            out = heap[lo]
            mate[out] = -1
            queue[top] = out
            top += 1
            heap[lo] = p
            if size > 1:
                _sink(heap, bid, lo, size)
            v[j] = max(v[j], bid[heap[lo]])
        else:
            heap[lo + size] = p
            _rise(heap, bid, lo, size)
            load[j] += 1


@compiled
def _enlist(st: State) -> None:
    """Put every place on the list of the column that it is on."""
    mate, after, before, head, degree = st.mate, st.after, st.before, st.head, st.degree
    for p in range(mate.size):
        if mate[p] >= 0:
            degree[st.owner[p]] += 1
            _link(mate, after, before, head, p, mate[p])


@compiled
def _empty(st: State, by: int) -> None:
    """Take everybody off the columns and lower the prices, so that bidding can start again."""
    st.mate[:] = -1
    st.load[:] = 0
    for j in range(st.v.size):
        if st.cap[j] > 0:
            st.v[j] = max(0, st.v[j] - by)


@compiled
def _tighten(g: Edges, st: State) -> None:  # noqa: C901, PLR0912, PLR0915  as above
    """Make u right for v, drop what is not, then take what has nothing left after the prices."""
    u, v, mate, gain, first = st.u, st.v, st.mate, st.gain, st.first
    head, after, before = st.head, st.after, st.before
    load, cap, degree, least, most = st.load, st.cap, st.degree, st.least, st.most
    indptr, ends, weights = g.indptr, g.ends, g.weights
    for i in range(u.size):
        if most[i] == 0:
            continue
        start, end = first[i], first[i + 1]
        bound = -FAR if least[i] == most[i] else np.int64(0)
        if end - start == 1:
            for e in range(indptr[i], indptr[i + 1]):
                bound = max(bound, weights[e] - v[ends[e]])
        else:
            for e in range(indptr[i], indptr[i + 1]):
                x = weights[e] - v[ends[e]]
                if x > bound and not _holds(mate, start, end, ends[e]):
                    bound = x
            if bound == -FAR:
                bound = np.int64(0)
                for p in range(start, end):
                    if mate[p] >= 0:
                        bound = min(bound, gain[p] - v[mate[p]])
        u[i] = bound
        for p in range(start, end):
            if mate[p] >= 0 and gain[p] - v[mate[p]] < bound:
                load[mate[p]] -= 1
                degree[i] -= 1
                _unlink(mate, after, before, head, p)
    for i in range(u.size):
        if degree[i] == most[i] or (u[i] <= 0 and degree[i] >= least[i]):
            continue
        for e in range(indptr[i], indptr[i + 1]):
            j = np.int64(ends[e])
            if u[i] + v[j] != weights[e] or load[j] == cap[j]:
                continue
            if _holds(mate, first[i], first[i + 1], j):
                continue
            p = _empty_place(mate, first[i])
            _link(mate, after, before, head, p, j)
            gain[p] = weights[e]
            load[j] += 1
            degree[i] += 1
            if degree[i] == most[i]:
                break


@compiled
def seated(g: Edges, st: State, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Put the rows on the columns of the chosen edges, at the prices that the state has."""
    for i in range(st.u.size):
        p = st.first[i]
        single = st.first[i + 1] - p == 1
        for e in range(g.indptr[i], g.indptr[i + 1]):
            if not chosen[e]:
                continue
            j = np.int64(g.ends[e])
            _link(st.mate, st.after, st.before, st.head, p, j)
            st.gain[p] = g.weights[e]
            st.load[j] += 1
            st.degree[i] += 1
            if single:
                st.u[i] = g.weights[e] - st.v[j]
            p += 1


# ---------------------------------------------------------------- whole rounds and single changes
@compiled
def settle(g: Edges, tr: Edges, st: State, wk: Work) -> bool:
    """Go from any right prices to the optimum, one search a defect; False if there is no way."""
    u, degree, least, most = st.u, st.degree, st.least, st.most
    v, load, low, cap = st.v, st.load, st.low, st.cap
    for j in range(v.size):
        while load[j] < cap[j] and (v[j] > 0 or load[j] < low[j]):
            if fill(tr, st, wk, j) == FAR:
                return False
    for i in range(u.size):
        while degree[i] < most[i] and (u[i] > 0 or degree[i] < least[i]):
            if seat(g, st, wk, i, -1) == FAR:
                return False
    return True


@compiled
def solve(g: Edges, tr: Edges, st: State, wk: Work, fine: int) -> bool:
    """Solve from the empty state; False if the lower bounds cannot all be met.

    Args:
        g: edges by row.
        tr: the same edges by column.
        st: new; becomes the optimum.
        wk: scratch.
        fine: largest gain / step of the last auction; only the time depends on it.
    """
    largest = 1
    for e in range(g.ends.size):
        j = g.ends[e]
        largest = max(largest, abs(np.int64(g.weights[e])))
        if st.cap[j] == 0 and g.weights[e] > st.v[j]:  # closed: costs what anyone would pay
            st.v[j] = g.weights[e]
    short = st.most.sum() > st.cap.sum()
    first = max(largest // (FIRST_SHORT if short else FIRST), 1)
    step = max(largest // fine, 1)
    lowest = _heaps(tr, st.cap)
    liked = np.full(2 * st.u.size, -1, np.int64)
    if first > step:
        _auction(g, st, lowest, liked, first, WAR * largest)
        _empty(st, first * (LOWER_SHORT if short else LOWER))
    _auction(g, st, lowest, liked, step, WAR * largest)
    _enlist(st)
    _tighten(g, st)
    return settle(g, tr, st, wk)


@compiled
def resume(g: Edges, tr: Edges, st: State, wk: Work) -> bool:
    """Go to the optimum from the state of a network with fewer edges; as `settle`."""
    _tighten(g, st)
    return settle(g, tr, st, wk)


@compiled
def enter(g: Edges, st: State, wk: Work, i: int, most: int) -> bool:
    """Row `i`, absent so far, arrives with `most` places; False if its minimum cannot be met."""
    st.most[i] = most
    st.u[i] = 0
    for e in range(g.indptr[i], g.indptr[i + 1]):
        st.u[i] = max(st.u[i], g.weights[e] - st.v[g.ends[e]])
    while st.degree[i] < most and (st.u[i] > 0 or st.degree[i] < st.least[i]):
        if seat(g, st, wk, i, -1) == FAR:
            return False
    return True


@compiled
def leave(tr: Edges, st: State, wk: Work, i: int) -> bool:
    """Row `i` leaves; False if the minimum of a column can then not be met."""
    st.most[i] = 0
    st.u[i] = 0
    feasible = True
    for p in range(st.first[i], st.first[i + 1]):
        j = st.mate[p]
        if j < 0:
            continue
        _unlink(st.mate, st.after, st.before, st.head, p)
        st.load[j] -= 1
        st.degree[i] -= 1
        if st.v[j] > 0 or st.load[j] < st.low[j]:
            feasible &= fill(tr, st, wk, j) < FAR
    return feasible


@compiled
def resize(g: Edges, tr: Edges, st: State, wk: Work, j: int, cap: int) -> bool:  # noqa: PLR0917  numba takes no keywords here
    """Give column `j` that capacity; False, at the last one possible, if rows cannot do without."""
    while st.cap[j] > cap:
        st.cap[j] -= 1
        if st.load[j] > st.cap[j] and seat(g, st, wk, -1, j) == FAR:
            st.cap[j] += 1
            return False
    while st.cap[j] < cap:
        st.cap[j] += 1
        if st.v[j] > 0 or st.load[j] < st.low[j]:
            fill(tr, st, wk, j)
    return True


# ---------------------------------------------------------------- pairs forced or forbidden
@compiled
def forbid(g: Edges, tr: Edges, st: State, wk: Work, i: int, e: int, f: int) -> bool:  # noqa: PLR0917  as above
    """Go on without edge `e` of row `i` (`f` by column); False if a minimum cannot be met then."""
    g.weights[e] = -FORCE
    tr.weights[f] = -FORCE
    j = np.int64(g.ends[e])
    for p in range(st.first[i], st.first[i + 1]):
        if st.mate[p] != j:
            continue
        _unlink(st.mate, st.after, st.before, st.head, p)
        st.load[j] -= 1
        st.degree[i] -= 1
        while st.load[j] < st.cap[j] and (st.v[j] > 0 or st.load[j] < st.low[j]):
            if fill(tr, st, wk, j) == FAR:
                return False
        while st.degree[i] < st.most[i] and (st.u[i] > 0 or st.degree[i] < st.least[i]):
            if seat(g, st, wk, i, -1) == FAR:
                return False
    return True


@compiled
def force(g: Edges, tr: Edges, st: State, i: int, e: int, f: int) -> None:  # noqa: PLR0917  as above
    """Make the taken edge `e` of row `i` (`f` by column) worth more than everything else."""
    g.weights[e] += FORCE
    tr.weights[f] += FORCE
    for p in range(st.first[i], st.first[i + 1]):
        if st.mate[p] == np.int64(g.ends[e]):
            st.gain[p] += FORCE
    if st.first[i + 1] - st.first[i] == 1:
        st.u[i] += FORCE


@compiled
def copy_state(to: State, st: State) -> None:
    """Copy what searches change."""
    to.u[:] = st.u
    to.v[:] = st.v
    to.mate[:] = st.mate
    to.gain[:] = st.gain
    to.after[:] = st.after
    to.before[:] = st.before
    to.head[:] = st.head
    to.load[:] = st.load
    to.degree[:] = st.degree


@compiled
def _total(st: State) -> int:
    total = np.int64(0)
    for p in range(st.mate.size):
        if st.mate[p] >= 0:
            total += st.gain[p]
    return total


@compiled
def branches(g: Edges, tr: Edges, st: State, wk: Work, spare: State, taken: Longs) -> Longs:  # noqa: PLR0917  as above
    """Return int64 (n,): what forbidding each taken edge costs while those before it are forced.

    FAR or more than half of `FORCE` where there is no way. The state ends with all of them forced.

    Args:
        g: edges by row.
        tr: the same by column.
        st: an optimum.
        wk: scratch.
        spare: a state of the same size, of any content.
        taken: int64 (n, 3), row, edge by row and edge by column of each.
    """
    loss = np.empty(taken.shape[0], np.int64)
    copy_state(spare, st)
    before = _total(st)
    for k in range(taken.shape[0]):
        i, e, f = taken[k, 0], taken[k, 1], taken[k, 2]
        weight = g.weights[e]
        loss[k] = FAR
        if forbid(g, tr, st, wk, i, e, f):
            loss[k] = before - _total(st)
        copy_state(st, spare)
        for one in (st, spare):
            g.weights[e] = weight
            tr.weights[f] = weight
            force(g, tr, one, i, e, f)
        before += FORCE
    return loss


# ---------------------------------------------------------------- what a change would cost
@compiled
def reach(tr: Edges, st: State, target: int) -> Longs:  # noqa: C901, PLR0912, PLR0915  every kind of arc, once
    """Return int64 (m + n + 1,), the distance of every node to the target; FAR if there is none.

    Nodes are columns, rows and, last, the place outside.
    """
    u, v, mate, gain, first = st.u, st.v, st.mate, st.gain, st.first
    load, low, cap = st.load, st.low, st.cap
    degree, least, most = st.degree, st.least, st.most
    m, outside = v.size, v.size + u.size
    dist = np.full(outside + 1, FAR, np.int64)
    heap, slot = np.empty(outside + 1, np.int32), np.full(outside + 1, -1, np.int32)
    dist[target] = 0
    size = _push(heap, slot, dist, 0, target)
    while size > 0:
        node = _pop(heap, slot, dist, size)
        size -= 1
        d = dist[node]
        if node < m:
            if load[node] > low[node] and d + v[node] < dist[outside]:
                dist[outside] = d + v[node]
                size = _push(heap, slot, dist, size, outside)
            for e in range(tr.indptr[node], tr.indptr[node + 1]):
                x = np.int64(tr.ends[e])
                far = d + u[x] + v[node] - tr.weights[e]
                if far >= dist[m + x] or most[x] == 0 or _holds(mate, first[x], first[x + 1], node):
                    continue
                dist[m + x] = far
                size = _push(heap, slot, dist, size, m + x)
        elif node < outside:
            x = np.int64(node - m)
            if degree[x] < most[x] and d - u[x] < dist[outside]:
                dist[outside] = d - u[x]
                size = _push(heap, slot, dist, size, outside)
            for p in range(first[x], first[x + 1]):
                j = mate[p]
                if j >= 0 and d + gain[p] - u[x] - v[j] < dist[j]:
                    dist[j] = d + gain[p] - u[x] - v[j]
                    size = _push(heap, slot, dist, size, j)
        else:
            for j in range(m):
                if load[j] < cap[j] and d - v[j] < dist[j]:
                    dist[j] = d - v[j]
                    size = _push(heap, slot, dist, size, j)
            for x in range(u.size):
                if degree[x] > least[x] and most[x] > 0 and d + u[x] < dist[m + x]:
                    dist[m + x] = d + u[x]
                    size = _push(heap, slot, dist, size, m + x)
    return dist


@compiled
def spread(g: Edges, st: State) -> Longs:  # noqa: C901, PLR0915  as above
    """Return int64 (m + n + 1,), the distance of every node from the place outside, or FAR."""
    u, v, mate, gain, first = st.u, st.v, st.mate, st.gain, st.first
    load, low, head, after = st.load, st.low, st.head, st.after
    degree, most = st.degree, st.most
    m, outside = v.size, v.size + u.size
    dist = np.full(outside + 1, FAR, np.int64)
    heap, slot = np.empty(outside + 1, np.int32), np.full(outside + 1, -1, np.int32)
    dist[outside] = 0
    size = 0
    for j in range(m):
        if load[j] > low[j]:
            dist[j] = v[j]
            size = _push(heap, slot, dist, size, j)
    for x in range(u.size):
        if degree[x] < most[x]:
            dist[m + x] = -u[x]
            size = _push(heap, slot, dist, size, m + x)
    while size > 0:
        node = _pop(heap, slot, dist, size)
        size -= 1
        d = dist[node]
        if node < m:
            p = head[node]
            while p >= 0:
                x = st.owner[p]
                far = d + gain[p] - u[x] - v[node]
                if far < dist[m + x]:
                    dist[m + x] = far
                    size = _push(heap, slot, dist, size, m + x)
                p = after[p]
        else:
            x = np.int64(node - m)
            for e in range(g.indptr[x], g.indptr[x + 1]):
                j = np.int64(g.ends[e])
                far = d + u[x] + v[j] - g.weights[e]
                if far < dist[j] and not _holds(mate, first[x], first[x + 1], j):
                    dist[j] = far
                    size = _push(heap, slot, dist, size, j)
    return dist


@compiled
def regret(g: Edges, tr: Edges, st: State, i: int) -> Longs:
    """Return what the total loses if each edge of row `i` must be taken, FAR where it cannot."""
    dist = reach(tr, st, st.v.size + i)
    lo, hi = g.indptr[i], g.indptr[i + 1]
    loss = np.empty(np.int64(hi - lo), np.int64)
    for e in range(lo, hi):
        j = np.int64(g.ends[e])
        if _holds(st.mate, st.first[i], st.first[i + 1], j):
            loss[e - lo] = 0
        elif dist[j] == FAR or st.most[i] == 0:
            loss[e - lo] = FAR
        else:
            loss[e - lo] = dist[j] + st.u[i] + st.v[j] - g.weights[e]
    return loss


@compiled
def transposed(g: Edges, m: int) -> Edges:
    """Return the edges by column (counting sort)."""
    indptr = np.zeros(m + 1, np.int64)
    for e in range(g.ends.size):
        indptr[np.int64(g.ends[e]) + 1] += 1
    for j in range(m):
        indptr[j + 1] += indptr[j]
    put = indptr[:-1].copy()
    ends = np.empty(g.ends.size, np.uint32)
    weights = np.empty(g.ends.size, np.int64)
    for i in range(g.indptr.size - 1):
        for e in range(g.indptr[i], g.indptr[i + 1]):
            p = put[g.ends[e]]
            put[g.ends[e]] = p + 1
            ends[p] = i
            weights[p] = g.weights[e]
    return Edges(indptr.astype(np.uint64), ends, weights)


@compiled
def _edge_to(g: Edges, i: int, j: int) -> int:
    """Return the edge of row `i` to column `j`, which there is: they ascend within a row."""
    lo, hi = np.int64(g.indptr[i]), np.int64(g.indptr[i + 1])
    while hi - lo > 1:
        middle = (lo + hi) >> 1
        if g.ends[middle] <= j:
            lo = middle
        else:
            hi = middle
    return lo


@compiled
def taken(g: Edges, st: State) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return bool (n_edges,), the edges on which a row has a place."""
    chosen = np.zeros(g.ends.size, np.bool_)
    for p in range(st.mate.size):
        if st.mate[p] >= 0:
            chosen[_edge_to(g, st.owner[p], st.mate[p])] = True
    return chosen


@compiled
def reordered(
    g: Edges, tr: Edges, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return a mark of the edges by row in the order of the edges by column."""
    put = tr.indptr[:-1].copy()
    marked = np.zeros(chosen.size, np.bool_)
    for i in range(g.indptr.size - 1):
        for e in range(g.indptr[i], g.indptr[i + 1]):
            j = g.ends[e]
            marked[put[j]] = chosen[e]
            put[j] += np.uint64(1)
    return marked


@compiled
def row_prices(g: Edges, st: State) -> Longs:
    """Return the prices of the rows; an absent one costs what anyone would pay for it."""
    u = st.u.copy()
    for i in range(u.size):
        if st.most[i] == 0:
            for e in range(g.indptr[i], g.indptr[i + 1]):
                u[i] = max(u[i], g.weights[e] - st.v[g.ends[e]])
    return u
