"""The pages that a link opens, in a real browser: what people see, press and get."""

from __future__ import annotations

import datetime as dt

import pytest
from browser import Browser
from trained_city import NOW

from peipao.domain.calls import AwardRule
from peipao.domain.offers import Side
from peipao.domain.states import MatchState
from serving.wiring import Peipao

KIND, NEED = "mentor", "n-p0001-mentor"


@pytest.fixture
def offer(peipao: Peipao) -> str:
    """An offer of a published round: the id of the match of one need."""
    key = peipao.run_round(KIND, by="zhao")
    peipao.review_round.check(key, by="zhao")
    peipao.review_round.approve(key, by="li")
    peipao.review_round.publish(key, by="li")
    with peipao.store.reading() as tx:
        (match,) = tx.matches.of_need(NEED)
    return match.id


def answers(peipao: Peipao, match: str) -> dict[Side, bool]:
    with peipao.store.reading() as tx:
        return {side: one.accepted for side, one in tx.answers.of_matches([match])[match].items()}


def opened(browser: Browser, address: str, path: str) -> None:
    browser.open(f"{address}{path}")
    browser.until(lambda: browser.text("#state") != "正在读取……")


def test_a_mentor_sees_the_offer_and_accepts_it_by_one_press(
    browser: Browser, address: str, peipao: Peipao, offer: str
) -> None:
    link = peipao.make_link.for_match(offer, Side.PROVIDER, by="zhao")
    opened(browser, address, link.path)
    assert browser.address() == f"{address}/answer"
    assert link.text not in browser.run("return document.documentElement.outerHTML")
    assert "尚未答复" in browser.text("#state")
    with peipao.store.reading() as tx:
        match = tx.matches.get(offer)
        project = tx.projects.get("p0001").name
    assert browser.text("#project") == project
    assert browser.text("#reasons").splitlines() == list(match.reasons)
    browser.click("#accept")
    browser.until(lambda: "您已接受" in browser.text("#state"))
    assert answers(peipao, offer) == {Side.PROVIDER: True}
    assert not browser.visible("#choose")
    assert browser.complaints() == []


def test_a_founder_declines_with_a_reason_and_the_next_in_line_is_asked(
    browser: Browser, address: str, peipao: Peipao, offer: str
) -> None:
    link = peipao.make_link.for_match(offer, Side.FOUNDER, by="zhao")
    opened(browser, address, link.path)
    assert not browser.visible("#load")
    browser.click('#why option[value="no-time"]')
    browser.click("#decline")
    browser.until(lambda: "已谢绝" in browser.text("#state"))
    with peipao.store.reading() as tx:
        states = {one.id: one.state for one in tx.matches.of_need(NEED)}
        assert tx.matches.get(offer).ended_reason == "no-time"
    assert states.pop(offer) is MatchState.DECLINED
    assert set(states.values()) == {MatchState.OFFERED}


def test_a_page_without_its_link_or_with_a_wrong_one_says_so_and_shows_nothing(
    browser: Browser, address: str
) -> None:
    opened(browser, address, "/answer")
    assert "链接不完整" in browser.text("#state")
    opened(browser, address, "/bids#pl_nonsense")
    assert browser.text("#state")
    assert not browser.visible("#content")


def test_a_provider_bids_with_a_plan_sees_its_bid_and_takes_it_back(
    browser: Browser, address: str, peipao: Peipao
) -> None:
    closes = NOW + dt.timedelta(days=7)
    made = peipao.run_call.open(KIND, "首单突破 <b>", [NEED], closes, AwardRule(), by="zhao")
    mentor = peipao.rank.need(NEED, 1).matches[0].provider_id
    link = peipao.make_link.for_provider(mentor, by="zhao")
    opened(browser, address, link.path)
    assert browser.address() == f"{address}/bids"
    assert browser.text("#calls h3") == "首单突破 <b>"
    browser.write("#calls textarea", "三个月内带来首单")
    browser.click("#calls button")
    browser.until(lambda: browser.text("#state") == "已揭榜。")
    (bid,) = peipao.show_calls.bids(made.id)
    assert (bid.provider_id, bid.plan) == (mentor, "三个月内带来首单")
    assert NEED in browser.text("#bids")
    assert not browser.visible("#calls form")
    browser.click("#bids button")
    browser.until(lambda: browser.text("#state") == "已撤回。")
    assert "已撤回" in browser.text("#bids")
    (bid,) = peipao.show_calls.bids(made.id)
    assert bid.withdrawn is True
    assert browser.complaints() == []
