"""Labelled texts for the classifier of industries: written, generated, real, and spoilt ones."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.processes import ROOT
from peipao.sample.draws import STAGES
from peipao.sample.grammar import said
from peipao.sample.streams import Dice
from peipao.sample.words import Line, load_words

GENERATED = 600
_OTHER = "outside-10-plus-1"

FIELDS = {
    "医疗健康": {"life-health"},
    "汽车交通": {"intelligent-connected-nev"},
    "教育": {_OTHER},
    "旅游": {_OTHER},
    "电子商务": {_OTHER, "modern-light-industry"},
    "本地生活": {_OTHER},
    "文化娱乐": {_OTHER},
    "游戏": {_OTHER, "next-gen-it"},
    "广告营销": {_OTHER},
    "房产服务": {_OTHER},
    "体育运动": {_OTHER},
    "物流": {_OTHER},
    "金融": {_OTHER},
}
"""Fields of the real set -> industries that a reader would accept; other fields say too little."""

SUBFIELDS = {
    "飞行器": {"low-altitude-economy"},
    "机器人": {"artificial-intelligence", "intelligent-equipment"},
    "芯片半导体": {"next-gen-it"},
    "智能家居": {"smart-home-appliance"},
    "医疗器械及硬件": {"life-health"},
    "医疗信息化": {"life-health", "next-gen-it"},
    "行业信息化及解决方案": {"next-gen-it"},
    "IT基础设施": {"next-gen-it"},
    "数据服务": {"next-gen-it"},
    "车联网及硬件": {"intelligent-connected-nev"},
    "语言学习": {_OTHER},
}
"""The same for the AI companies of 2018; artificial intelligence is accepted of all of them."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and what a reader would accept.

    Attributes:
        industries: ids; none: it does not say.
        tracks: Chinese names of lines of business; empty where they are not labelled.
    """

    text: str
    industries: frozenset[str]
    tracks: frozenset[str] = frozenset()


Texts = tuple[LabelledText, ...]


def written(part: int) -> Texts:
    """Return the hand-labelled texts: part 0 for development, part 1 for the test."""
    path = ROOT / "benchmarks" / "labelled_texts.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["texts"][part::2]
    return tuple(
        LabelledText(row["text"], frozenset(row.get("about", ())), frozenset(row.get("track", ())))
        for row in rows
    )


def generated(seed: int, n: int = GENERATED) -> Texts:
    """Return introductions as the sample city writes them, without its sentences of keywords."""
    words = load_words()
    lines = [line for some in words.lines.values() for line in some]
    draw = np.random.default_rng(seed)
    found = []
    for number in range(n):
        line, dice = lines[number % len(lines)], Dice(draw.random(96).tolist())
        status = dice.pick(words.lists[f"phrases.{STAGES[number % len(STAGES)]}"])
        text = said(words, "projects.intro", line, dice, {"status": status})
        found.append(LabelledText(text, _industries(line)))
    return tuple(found)


def _industries(line: Line) -> frozenset[str]:
    return frozenset({line.industry, *(("marine",) if line.marine else ())})


def real(folder: Path) -> Texts:
    """Return the descriptions of zh_itjuzi whose field or subfield says the industry."""
    found = pd.read_parquet(folder / "projects.parquet").dropna(subset=["description"])
    texts = []
    for text, field, subfield in zip(found.description, found.field, found.subfield, strict=True):
        if isinstance(subfield, str):
            accepted = SUBFIELDS.get(subfield, set()) | {"artificial-intelligence"}
            known = subfield in SUBFIELDS
        else:
            accepted, known = FIELDS.get(field, set()), field in FIELDS
        if known:
            texts.append(LabelledText(text, frozenset(accepted)))
    return tuple(texts)


def spoilt(texts: Texts, spoil: Callable[[str, random.Random], str], seed: int = 7) -> Texts:
    """Return the texts with each put through a spoiler, which is given its own dice."""
    return tuple(
        replace(one, text=spoil(one.text, random.Random(f"{seed}:{at}")))  # noqa: S311
        for at, one in enumerate(texts)
    )


def full_width(text: str, _dice: random.Random) -> str:
    """Return the text with full-width letters, digits and marks."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def traditional(text: str, _dice: random.Random) -> str:
    """Return the text in traditional characters."""
    import opencc

    return str(opencc.OpenCC("s2t").convert(text))


def spaced_out(text: str, _dice: random.Random) -> str:
    """Return the text with a blank between all characters, as some scans have it."""
    return " ".join(text)


def broken_lines(text: str, _dice: random.Random) -> str:
    """Return the text in lines of seven characters."""
    return "\n".join(text[at : at + 7] for at in range(0, len(text), 7))


def misread(share: float) -> Callable[[str, random.Random], str]:
    """Return a spoiler that loses or mistakes a share of the characters, as a scan does."""

    def spoil(text: str, dice: random.Random) -> str:
        wrong = "囗曰未末己巳干于大太人入土士0O1l"
        return "".join(
            c if dice.random() >= share else dice.choice(wrong) * (dice.random() < 0.7)
            for c in text
        )

    return spoil


def cut_short(length: int) -> Callable[[str, random.Random], str]:
    """Return a spoiler that keeps the first characters."""
    return lambda text, _dice: text[:length]
