"""Texts that differ only in how they were typed or scanned become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.folding import folded
from features.text import stretches


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ＡＩ芯片,５Ｇ", "ai芯片,5g"),
        ("無人機與雲計算", "无人机与云计算"),
        ("臺灣的發酵技術", "台湾的发酵技术"),
        ("人 工 智 能", "人工智能"),
        ("人工\n智能", "人工智能"),
        ("人工-\r\n  智能", "人工智能"),
        ("machine learn-\ning", "machine learning"),
        ("人\u200b工\ufeff智\u00ad能", "人工智能"),
        ("海洋 牧场", "海洋 牧场"),
        ("芯片 AI", "芯片 ai"),
        ("第一行。\n第二行", "第一行。\n第二行"),
        ("", ""),
    ],
)
def test_a_text_is_brought_to_one_form(typed: str, plain: str) -> None:
    assert folded(typed) == plain


def test_a_rare_character_of_a_name_stays() -> None:
    assert folded("喆与镕") == "喆与镕"


@given(st.text(max_size=40))
def test_any_text_can_be_folded_and_folding_again_changes_no_word(text: str) -> None:
    once = stretches(text)
    assert all(word == word.strip() for word in once)
    assert stretches(" ".join(once)) == stretches(" ".join(stretches(" ".join(once))))
