"""`peipao demo --story`: one generated project from its first request to a replayed round.

Everything is real: a small generated city in a folder of its own, a trained model, rounds with a
second person, offers, a refusal, the next in line, service, a withdrawn round, a replay. The clock
is the story's own, so that working days pass between the chapters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peipao.domain.working_days import SHANGHAI, day_of
from serving.cli.screen import heading, say

if TYPE_CHECKING:
    from peipao.domain.offers import Side
    from peipao.domain.records import LedgerEntry, Match
    from serving.usecases.exactly_once import Call
    from serving.wiring import Peipao

BEGINS = dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)
"""A Monday morning in Qingdao."""

SEED = 2026
PROJECT = "story-project"
KINDS = ("mentor", "service_officer")
_MAKER, _CHECKER = "story-maker", "story-checker"


class StoryClock:
    """A clock that the story turns on."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = at

    def now(self) -> dt.datetime:
        """Return the time of the story."""
        return self._at

    def pass_(self, **time: float) -> None:
        """Let time pass, such as `days=1`."""
        self._at += dt.timedelta(**time)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One step of the story.

    Attributes:
        title: what happens.
        told: what came of it, in words.
        lines: the ledger lines that it added.
    """

    title: str
    told: str
    lines: Sequence[LedgerEntry]


def tell() -> None:
    """Tell the story in a folder that is thrown away, chapter by chapter with its ledger lines."""
    import tempfile
    from pathlib import Path

    from peipao.config import Settings
    from serving.wiring import wire

    clock = StoryClock(BEGINS)
    with tempfile.TemporaryDirectory() as scratch:
        peipao = wire(Settings(home=Path(scratch) / "home"), clock)
        try:
            peipao.store.migrate()
            for number, chapter in enumerate(story(peipao, clock), 1):
                heading(f"{number} {chapter.title}")
                say(chapter.told)
                for line in chapter.lines:
                    when = f"{line.at.astimezone(SHANGHAI):%m-%d %H:%M}"
                    say(f"  #{line.sequence} {when} {line.who} {line.verb} {line.subject}")
        finally:
            peipao.close()


def story(peipao: Peipao, clock: StoryClock) -> Iterator[Chapter]:
    """Yield the chapters; each has happened when it is yielded.

    Args:
        peipao: wired with `clock` on a migrated database; the city and the models are made where
            they are not there yet.
        clock: of the story.
    """
    return _Story(peipao, clock).chapters()


@dataclass(slots=True)
class _Story:
    peipao: Peipao
    clock: StoryClock
    need: str = ""
    round: str = ""
    match: str = ""

    def chapters(self) -> Iterator[Chapter]:
        steps: Sequence[tuple[str, Callable[[], str]]] = (
            ("生成一座小城并训练模型", self.prepare),
            ("企业通过热线提出诉求", self.request),
            ("同一诉求重复送达", self.repeat),
            ("服务专员受理", self.acknowledge),
            ("拟定撮合草案", self.draft),
            ("独立校验与预检", self.check),
            ("由另一人审批并发布", self.publish),
            ("导师谢绝,顺延到下一位", self.decline),
            ("双方接受", self.accept),
            ("首次会面,进入服务", self.meet),
            ("登记月度情况", self.note),
            ("办结", self.resolve),
            ("误发一轮,随即撤回", self.withdraw),
            ("重演首轮,逐字节一致", self.replay),
            ("核对台账与响应率", self.verify),
        )
        for title, step in steps:
            with self.peipao.store.reading() as tx:
                before = int(tx.data_version())
            told = step()
            with self.peipao.store.reading() as tx:
                after = int(tx.data_version())
                lines = tx.ledger.list(after=before, limit=max(after - before, 1))
            yield Chapter(title, told, lines)

    def prepare(self) -> str:
        from peipao.sample.size import CitySize

        size = CitySize(
            projects=60, earlier=20, mentors=40, officers=12, talents=10, service_points=5
        )
        self.peipao.load_sample(size, SEED, by="story")
        for kind in set(KINDS) - set(self.peipao.readiness().models):
            self.peipao.train_model(kind, by="story", track=False)
        with self.peipao.store.reading() as tx:
            projects, providers = tx.projects.count(), tx.providers.count()
        return f"生成项目 {projects} 个、资源方 {providers} 个,全部为生成数据"

    def request(self) -> str:
        from serving.usecases.drafts import ProjectDraft

        draft = ProjectDraft(
            name="(生成)海图智能", stage="startup", id=PROJECT,
            attributes={
                "district": "laoshan",
                "industries": ["artificial-intelligence"],
                "intro": "面向海洋观测的图像识别算法与设备",
            },
            open_stage_needs=False,
        )  # fmt: skip
        self.peipao.add_project(draft, by="hotline")
        return f"项目 {PROJECT} 登记;{self._submitted()}"

    def repeat(self) -> str:
        return f"渠道编号相同,仍是同一诉求:{self._submitted()}"

    def acknowledge(self) -> str:
        self.clock.pass_(hours=4)
        self.peipao.handle_need.acknowledge(self.need, by="officer-desk")
        return f"需求 {self.need} 已受理"

    def draft(self) -> str:
        self._wait(days=1)
        self.round = self.peipao.run_round("mentor", by=_MAKER)
        found = self.peipao.describe_round(self.round)
        return f"草案 {self.round}:{len(found.pairs)} 对,{len(found.empty)} 项等候或转专员"

    def check(self) -> str:
        return self._checked(self.round)

    def publish(self) -> str:
        self.peipao.review_round.approve(self.round, by=_CHECKER)
        self.peipao.review_round.publish(self.round, by=_CHECKER)
        offered = self._match()
        return f"{self.need} 推荐给 {offered.provider_id},请于 {_day(offered.answer_by)} 前答复"

    def decline(self) -> str:
        from peipao.domain.offers import Side

        first = self._match()
        self._wait(days=1)
        self._answer(first, Side.PROVIDER, accept=False, reason="no-time")
        following = self._match()
        return f"{first.provider_id} 谢绝(近期没有时间),顺延到 {following.provider_id}"

    def accept(self) -> str:
        from peipao.domain.offers import Side

        match = self._match()
        self._wait(days=1)
        for side in Side:
            self._answer(match, side, accept=True)
        return f"{match.provider_id} 与企业都已接受"

    def meet(self) -> str:
        match = self._match()
        self._wait(days=2)
        self.peipao.run_match.met(match.id, said_by="founder", call=_call("portal"))
        return f"对接 {match.id} 进入陪跑"

    def note(self) -> str:
        from peipao.domain.monthly_facts import MonthlyFact

        facts = [
            MonthlyFact(PROJECT, "2026-11", "jobs_created", 3.0, "企业填报"),
            MonthlyFact(PROJECT, "2026-11", "revenue", 120_000.0, "企业填报", 0.8),
        ]
        done = self.peipao.note_facts(facts, by="officer-desk")
        return f"登记 {done.new} 项"

    def resolve(self) -> str:
        self._wait(days=10)
        self.peipao.handle_need.resolve(self.need, by="officer-desk")
        return f"需求 {self.need} 已办结"

    def withdraw(self) -> str:
        wrong = self.peipao.run_round("service_officer", by=_MAKER)
        self._checked(wrong)
        self.peipao.review_round.approve(wrong, by=_CHECKER)
        self.peipao.review_round.publish(wrong, by=_CHECKER)
        self.peipao.review_round.withdraw(wrong, by=_CHECKER, why="名单用错")
        told = len(self.peipao.review_round.notices(wrong))
        return f"{wrong} 已撤回,名额全部退回;发出过的 {told} 条通知可逐条列出"

    def replay(self) -> str:
        found = self.peipao.replay_round(self.round)
        return f"{found.round_id} 重演一致,摘要 {found.digest[:16]}…"

    def verify(self) -> str:
        books = self.peipao.verify_books()
        figures = self.peipao.tell_figures("2026-11", "2026-12")
        rate = figures.response.rate
        share = "无到期需求" if rate is None else f"{rate:.1%}"
        return (
            f"台账 {books.head.sequence} 条完整;服务企业 {figures.firms_served} 家,"
            f"响应率 {share}(到期 {figures.response.due},按时 {figures.response.responded})"
        )

    def _wait(self, *, days: int) -> None:
        """Let days pass; the service does by itself what is due on each of them."""
        from serving.jobs.schedule import tick_once

        for _ in range(days):
            self.clock.pass_(days=1)
            tick_once(self.peipao)

    def _submitted(self) -> str:
        from peipao.domain.requests import RequestChannel
        from serving.usecases.drafts import NeedDraft, RequestDraft

        draft = RequestDraft(
            project_id=PROJECT,
            channel=RequestChannel.HOTLINE,
            needs=(NeedDraft(kind="mentor", priority=10),),
            words="想找懂硬件量产的导师",
            source_id="hotline-0001",
        )
        told = self.peipao.submit_request(draft, by="hotline")
        (self.need,) = told.need_ids
        return f"诉求 {told.id},需求 {self.need}"

    def _checked(self, round_id: str) -> str:
        """Check a round; a named person answers for every finding of the preflight first."""
        findings = self.peipao.override_finding.list(round_id)
        for one in findings:
            self.peipao.override_finding(
                round_id, one.number, by=_CHECKER, why="示例城市规模很小,已人工核对"
            )
        self.peipao.review_round.check(round_id, by=_MAKER)
        overridden = f",{len(findings)} 项由专人写明原因后放行" if findings else ""
        return f"校验通过;预检发现 {len(findings)} 项{overridden}"

    def _match(self) -> Match:
        """Return the match of the story's need that holds a place now."""
        from peipao.domain.states import HOLDING

        with self.peipao.store.reading() as tx:
            (found,) = [one for one in tx.matches.of_need(self.need) if one.state in HOLDING]
        return found

    def _answer(self, match: Match, side: Side, *, accept: bool, reason: str | None = None) -> None:
        call = _call("link")
        self.peipao.answer_offer(match.id, side, accept=accept, call=call, reason=reason)


def _call(by: str) -> Call:
    from serving.usecases.exactly_once import Call

    return Call(by=by)


def _day(at: dt.datetime | None) -> str:
    return "—" if at is None else f"{day_of(at)}"
