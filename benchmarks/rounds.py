"""The life of a round: wrong sheets, replay, withdrawal and lottery.

Each part is a process of its own. The promises are those of the design (P9, P16, P26, P27).
"""

from __future__ import annotations

from typing import Any

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section, met
from benchmarks.workshop import Workshop

MOST_BACK_S, MOST_TIMES = 10.0, 2.0
_SHEETS = """\
Wrong and clean tables of scores go through what `peipao round run --scores` calls, on a city of 150
projects. A clean one is a committee's own view: it sees 60 to 100 % of the pairs, agrees with the
model in part, uses its own scale and rounds. Each wrong one is a clean one with one slip; *blocked*
means that the check refuses the round until a named person overrides a finding."""
_LIFE = """\
A mentor round at scale S is drafted, checked, approved and published; then all model packages are
deleted and its bundle is replayed by `peipao round replay --bundle` in a fresh process, in an
empty folder, without database, home or network. A second round over newcomers is published and
withdrawn by one command; *back* means that every match, need and place is as it was before."""
_LOTTERY = """\
Equal needs for a few places. Tie rank: a random project withdraws its need and opens it anew under
a new id; nobody's outcome may change. Wins: the lottery is drawn with so many seeds; equal chances
would let each need win within four standard deviations."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    sheets = run_child("benchmarks.rounds_sheets", str(shop.folder / "sheets"), str(shop.seed))
    life = run_child("benchmarks.rounds_life", str(shop.folder / "life"), str(shop.seed))
    lottery = run_child("benchmarks.rounds_lottery")
    return Section(
        title="The life of a round",
        notes=(_SHEETS, _LIFE, _LOTTERY),
        grids=(_of_sheets(sheets), _of_life(life), _of_lottery(lottery)),
    )


def _of_sheets(found: dict[str, Any]) -> Grid:
    rows = [
        (name, f"{one['blocked']}/{one['tried']}", "、".join(one["codes"]))
        for name, one in found["wrong"].items()
    ]
    blocked = sum(one["blocked"] for one in found["wrong"].values())
    tried = sum(one["tried"] for one in found["wrong"].values())
    rows.append(("**all wrong sheets**", f"{blocked}/{tried}", ""))
    clean = found["clean"]
    rows.append(
        ("**clean sheets**", f"{clean['blocked']}/{clean['tried']}", "、".join(clean["codes"]))
    )
    return Grid("Wrong sheets (P9)", ("sheet", "blocked", "findings"), rows)


def _of_life(found: dict[str, Any]) -> Grid:
    ratio = found["replay_s"] / found["run_s"]
    back = "yes" if found["back"] else "NO"
    return Grid(
        "Replay and withdrawal at scale S (P16, P27)",
        ("what", "measured", "at most", "met"),
        [
            (
                f"drafting {found['needs']} × {found['providers']}, {found['pairs']} pairs",
                f"{found['run_s']:.1f} s",
                "",
                "",
            ),
            ("size of its bundle", f"{found['bundle_mb']:.1f} MB", "", ""),
            (
                "replay of the bundle, whole process",
                f"{found['replay_s']:.1f} s, {ratio:.2f} times",
                f"{MOST_TIMES:.0f} times",
                met(ratio, MOST_TIMES),
            ),
            ("same digest", "yes" if found["same"] else "NO", "", ""),
            (
                f"withdrawal of {found['withdrawn']} matches, whole command",
                f"{found['withdraw_s']:.1f} s",
                f"{MOST_BACK_S:.0f} s",
                met(found["withdraw_s"], MOST_BACK_S),
            ),
            ("everything back as it was", back, "", "yes" if found["back"] else "no"),
            ("notices listed, sent before / in all", f"{found['told']} / {found['all']}", "", ""),
            ("rows deleted", f"{found['deleted']}", "0", met(found["deleted"], 0)),
        ],
    )


def _of_lottery(found: dict[str, Any]) -> Grid:
    return Grid(
        "A fair lottery (P26)",
        ("what", "measured", "at most", "met"),
        [
            (
                f"outcomes changed in {found['attempts']} withdrawals and new applications",
                f"{found['changed']}",
                "0",
                met(found["changed"], 0),
            ),
            (
                f"{found['seeds']} seeds, {found['needs']} equals for {found['places']}: farthest",
                f"{found['sigmas']:.2f} σ",
                "4 σ",
                met(found["sigmas"], 4.0),
            ),
        ],
    )
