"""Compute an award again from what was published: nothing but Python's standard library is needed.

usage: python recompute.py award.json

This file stands alone, so that a third party can run it, read it, or write it again in another
language. It shares no code with the service. Everything is whole numbers: a figure of 1 is
1,000,000, and a quotient is rounded to the nearest whole number, halves to the even one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import Any

UNIT = 1_000_000
LOT_BYTES = 5
_ROOM = 80
"""Bits that all lots together stay below: 40 bits each, of fewer than 2^40 bids."""

Award = dict[str, Any]


def rounded(top: int, bottom: int) -> int:
    """Return top / bottom in millionths."""
    return round(Fraction(top * UNIT, bottom))


def score(award: Award, bid: Award) -> int:
    """Return the score of a bid in millionths, by the published rule."""
    rule = award["rule"]
    need = next(one for one in award["needs"] if one["id"] == bid["need"])
    provider = next(one for one in award["providers"] if one["id"] == bid["provider"])
    marks = bid["marks"]
    figures = {
        "affinity": bid["affinity"],
        "strength": rounded(sum(marks), 100 * len(marks)),
        "results": rounded(provider["met"] + 1, provider["accepted"] + 2),
        "waiting": rounded(min(need["waited_days"], rule["waiting_days"]), rule["waiting_days"]),
    }
    return round(Fraction(sum(rule[name] * figures[name] for name in figures), 100))


def lot(seed: str, need: str, provider: str) -> int:
    """Return the 40-bit lot that decides between awards of equal value."""
    drawn = hmac.digest(seed.encode(), f"{need}\x1f{provider}".encode(), "sha256")
    return int.from_bytes(drawn[:LOT_BYTES], "big")


def winners(award: Award) -> list[str]:
    """Return the ids of the bids that win, sorted.

    The award has the greatest sum of scores, each place filled counting `place_value` more, within
    the places of needs and providers; of all such awards, the one with the greatest sum of lots.
    """
    floor = award["rule"]["floor"] * UNIT // 100
    entered = [bid for bid in award["bids"] if bid["excluded"] is None]
    entered = [bid for bid in entered if score(award, bid) >= floor]
    flow = _Flow(award, entered)
    while flow.improve():
        pass
    return sorted(bid["id"] for bid, used in zip(entered, flow.used, strict=True) if used)


class _Flow:
    """Fills places one path after the other; each path is the best there is, until none gains."""

    def __init__(self, award: Award, bids: list[Award]) -> None:
        place = award["place_value"]
        self.gain = [
            ((score(award, bid) + place) << _ROOM)
            + lot(award["seed"], bid["need"], bid["provider"])
            for bid in bids
        ]
        self.bids, self.used = bids, [False] * len(bids)
        self.wanted = {need["id"]: need["wanted"] for need in award["needs"]}
        self.free = {provider["id"]: provider["free"] for provider in award["providers"]}
        self.by_need: dict[str, list[int]] = {key: [] for key in self.wanted}
        self.by_provider: dict[str, list[int]] = {key: [] for key in self.free}
        for at, bid in enumerate(bids):
            self.by_need[bid["need"]].append(at)
            self.by_provider[bid["provider"]].append(at)

    def improve(self) -> bool:
        """Fill one more place by the path of greatest gain; False if no path gains anything."""
        best, came = self._paths()
        ends = [key for key in self.free if self.free[key] > 0 and ("p", key) in best]
        if not ends:
            return False
        end = max(ends, key=lambda key: best["p", key])
        if best["p", end] <= 0:
            return False
        self.free[end] -= 1
        node = ("p", end)
        while node in came:
            at = came[node]
            self.used[at] = not self.used[at]
            bid = self.bids[at]
            node = ("n", bid["need"]) if node[0] == "p" else ("p", bid["provider"])
        self.wanted[node[1]] -= 1
        return True

    def _paths(self) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
        """Return the greatest gain to every node from needs with empty places, and the last bid."""
        best = {("n", key): 0 for key, left in self.wanted.items() if left > 0}
        came: dict[tuple[str, str], int] = {}
        queue = deque(best)
        while queue:
            node = queue.popleft()
            for at, after, gain in self._steps(node):
                if after not in best or best[node] + gain > best[after]:
                    best[after], came[after] = best[node] + gain, at
                    queue.append(after)
        return best, came

    def _steps(self, node: tuple[str, str]) -> list[tuple[int, tuple[str, str], int]]:
        side, key = node
        if side == "n":
            rows = [at for at in self.by_need[key] if not self.used[at]]
            return [(at, ("p", self.bids[at]["provider"]), self.gain[at]) for at in rows]
        rows = [at for at in self.by_provider[key] if self.used[at]]
        return [(at, ("n", self.bids[at]["need"]), -self.gain[at]) for at in rows]


def differences(award: Award) -> list[str]:
    """Return in what the published award differs from one computed again; empty if in nothing."""
    found = [
        f"bid {bid['id']}: published score {bid['score']}, computed {score(award, bid)}"
        for bid in award["bids"]
        if bid["excluded"] is None and bid["score"] != score(award, bid)
    ]
    said, computed = sorted(award["awarded"]), winners(award)
    if said != computed:
        found.append(f"awarded {said}, computed {computed}")
    inputs = {name: value for name, value in award.items() if name not in {"awarded", "lost"}}
    drawn = {name: value for name, value in inputs.items() if name != "seed"}
    expected = f"{award['call']}-{_sha256(drawn)[:32]}"
    if award["seed"] != expected:
        found.append(f"seed {award['seed']}, expected {expected}")
    return found


def _sha256(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def main(arguments: list[str]) -> int:
    """Print what differs and return the exit code: 0 if nothing does."""
    award = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
    found = differences(award)
    sys.stdout.write("\n".join(found or [f"same award: {len(award['awarded'])} bids"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
