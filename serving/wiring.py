"""The only place where settings become objects."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from peipao.clock import Clock, ForwardClock, SystemClock
from peipao.config import Settings, fact_keys, signing_key
from peipao.kinds.catalogue import Catalogue, load_catalogue
from peipao.plugins import load_plugin
from peipao.policy.calculator import Calculator
from peipao.reference.deadlines import deadlines_of
from peipao.reference.loader import Reference, load_reference
from peipao.store import Sealing, Store
from serving.usecases.activate_model import ActivateModel
from serving.usecases.active_models import ActiveModels
from serving.usecases.add_project import AddProject
from serving.usecases.add_provider import AddProvider
from serving.usecases.answer_by_link import AnswerByLink
from serving.usecases.answer_offer import AnswerOffer
from serving.usecases.authenticate import Authenticate
from serving.usecases.award_call import AwardCall
from serving.usecases.back_up import BackUp, DrillRestore, Restore
from serving.usecases.change_load import ChangeLoad
from serving.usecases.chase_facts import ChaseFacts
from serving.usecases.classify_text import ClassifyText
from serving.usecases.comment_need import CommentNeed
from serving.usecases.create_key import CreateKey
from serving.usecases.decided_rounds import DecidedRounds
from serving.usecases.deliver_notices import DeliverNotices, NoticeChannel
from serving.usecases.describe_round import DescribeRound
from serving.usecases.diff_rounds import DiffRounds
from serving.usecases.draw_seed import DrawSeed
from serving.usecases.evaluate_model import EvaluateModel
from serving.usecases.expire_offers import ExpireOffers
from serving.usecases.explain_decision import ExplainDecision
from serving.usecases.explain_pair import ExplainPair
from serving.usecases.export_bundle import ExportBundle
from serving.usecases.facts_sheet import FactsSheet
from serving.usecases.fill_vacancies import FillVacancies
from serving.usecases.find_bottlenecks import FindBottlenecks
from serving.usecases.find_next import FindNext
from serving.usecases.forget_replies import ForgetReplies
from serving.usecases.frozen_rounds import FrozenRounds
from serving.usecases.gather_training_data import GatherTrainingData
from serving.usecases.handle_need import HandleNeed
from serving.usecases.import_pairings import ImportPairings
from serving.usecases.list_plans import ListPlans
from serving.usecases.list_unanswered import ListUnanswered
from serving.usecases.live_kind import ReadLiveKind
from serving.usecases.load_sample import LoadSample
from serving.usecases.make_link import MakeLink
from serving.usecases.make_offer import MakeOffer
from serving.usecases.note_facts import NoteFacts
from serving.usecases.notice import Notice, write_notice
from serving.usecases.offering import Offering
from serving.usecases.open_need import OpenNeed
from serving.usecases.override_finding import OverrideFinding
from serving.usecases.pairings_sheet import PairingsSheet
from serving.usecases.place_need import PlaceNeed
from serving.usecases.policy_applicants import GatherApplicants
from serving.usecases.policy_bank import CheckBank
from serving.usecases.policy_check import CheckPolicies
from serving.usecases.policy_daily import OpenPolicyNeeds
from serving.usecases.policy_facts import TellFacts
from serving.usecases.policy_names import FactNames
from serving.usecases.policy_rules import ShowPolicies
from serving.usecases.preflight import Preflight
from serving.usecases.programme_figures import TellFigures
from serving.usecases.provider_boards import ProviderBoards
from serving.usecases.rank import Rank
from serving.usecases.rank_all import RankAll
from serving.usecases.readiness import TellReadiness
from serving.usecases.record_feedback import RecordFeedback
from serving.usecases.replay_round import ReplayRound
from serving.usecases.report_disparity import ReportDisparity
from serving.usecases.report_round import ReportRound
from serving.usecases.response_rate import ResponseRate
from serving.usecases.review_round import ReviewRound
from serving.usecases.roster_sheet import RosterSheet
from serving.usecases.round_snapshot import Snapshots
from serving.usecases.run_call import RunCall
from serving.usecases.run_match import RunMatch
from serving.usecases.run_round import DraftRounds, RunRound
from serving.usecases.show_calls import ShowCalls
from serving.usecases.show_facts import ShowFacts
from serving.usecases.show_kinds import ShowKinds
from serving.usecases.show_needs import ShowNeeds
from serving.usecases.show_offers import ShowOffers
from serving.usecases.show_project import ShowProject
from serving.usecases.show_rounds import ShowRounds
from serving.usecases.solve_instances import SolveInstances
from serving.usecases.state_month import StateMonth
from serving.usecases.submit_request import SubmitRequest
from serving.usecases.track_models import TrackModels
from serving.usecases.train_model import TrainModel
from serving.usecases.verify_books import VerifyBooks
from serving.usecases.watch_deadlines import WatchDeadlines
from serving.usecases.way_out import WayOut


@dataclass(frozen=True, slots=True)
class Peipao:
    """The wired service: what the API, the command line and notebooks call."""

    settings: Settings
    clock: Clock
    reference: Reference
    catalogue: Catalogue
    store: Store
    models: ActiveModels
    boards: ProviderBoards
    notice: Notice
    classify_text: ClassifyText
    add_project: AddProject
    open_need: OpenNeed
    submit_request: SubmitRequest
    handle_need: HandleNeed
    comment_need: CommentNeed
    show_needs: ShowNeeds
    list_unanswered: ListUnanswered
    response_rate: ResponseRate
    state_month: StateMonth
    watch_deadlines: WatchDeadlines
    deliver_notices: DeliverNotices
    add_provider: AddProvider
    show_project: ShowProject
    record_feedback: RecordFeedback
    rank: Rank
    rank_all: RankAll
    explain_pair: ExplainPair
    explain_decision: ExplainDecision
    find_bottlenecks: FindBottlenecks
    list_plans: ListPlans
    solve_instances: SolveInstances
    show_kinds: ShowKinds
    gather_training_data: GatherTrainingData
    train_model: TrainModel
    evaluate_model: EvaluateModel
    activate_model: ActivateModel
    run_round: RunRound
    draw_seed: DrawSeed
    override_finding: OverrideFinding
    diff_rounds: DiffRounds
    report_round: ReportRound
    export_bundle: ExportBundle
    import_pairings: ImportPairings
    replay_round: ReplayRound
    review_round: ReviewRound
    show_rounds: ShowRounds
    place_need: PlaceNeed
    answer_offer: AnswerOffer
    answer_by_link: AnswerByLink
    run_match: RunMatch
    change_load: ChangeLoad
    expire_offers: ExpireOffers
    forget_replies: ForgetReplies
    fill_vacancies: FillVacancies
    make_link: MakeLink
    show_offers: ShowOffers
    run_call: RunCall
    award_call: AwardCall
    show_calls: ShowCalls
    describe_round: DescribeRound
    check_policies: CheckPolicies
    tell_facts: TellFacts
    check_bank: CheckBank
    open_policy_needs: OpenPolicyNeeds
    show_policies: ShowPolicies

    authenticate: Authenticate
    keys: CreateKey
    load_sample: LoadSample
    verify_books: VerifyBooks
    note_facts: NoteFacts
    show_facts: ShowFacts
    chase_facts: ChaseFacts
    facts_sheet: FactsSheet
    pairings_sheet: PairingsSheet
    roster_sheet: RosterSheet
    tell_figures: TellFigures
    back_up: BackUp
    restore: Restore
    drill_restore: DrillRestore
    readiness: TellReadiness

    def close(self) -> None:
        """Close the connections of the store."""
        self.store.close()


def wire(settings: Settings, clock: Clock | None = None) -> Peipao:
    """Return the service of some settings; nothing is connected, migrated or loaded yet.

    Linear algebra has one thread from here on, in the whole process (ADR 0018).

    Args:
        settings: where everything lies.
        clock: of every time that is noted; None is the machine's own.

    Raises:
        SettingsError: the store's URL or a key file cannot be used.
        KindFileError, ReferenceDataError: a file of the city is wrong; names it.
    """
    threadpool_limits(1, user_api="blas")
    now: Clock = clock or SystemClock()
    reference = load_reference(settings.reference_dir)
    catalogue = load_catalogue(reference, settings.kinds_dir)
    key = signing_key(settings.home)
    sealing = Sealing(fact_keys(settings.home))
    store = Store.open(settings.store_url, now, sealing, deadlines_of(reference.terms))
    models, boards = ActiveModels(settings.packages, key), ProviderBoards()
    notice = write_notice(settings.filing_no)
    tracking = TrackModels(settings.tracking_database, settings.artifacts)
    gather = GatherTrainingData(store, catalogue, reference, now, settings.text_encoder)
    frozen, topics = FrozenRounds(settings.home / "rounds"), ClassifyText(reference)
    replay = ReplayRound(store, frozen)
    calculator, names = Calculator.of(reference), FactNames.of(reference.policy_words)
    asked, bank = GatherApplicants(calculator), CheckBank(store, calculator, catalogue, now)
    offering = Offering(now, store.deadlines)
    explain = ExplainPair(store, catalogue, models, boards, asked, now, notice.version)
    read = ReadLiveKind(store, catalogue, models, boards)
    find = FindNext(store, read, asked, now, frozen)
    make = MakeOffer(now, _new_id, offering)
    fill = FillVacancies(store, find, make)
    answer = AnswerOffer(store, now, fill)
    run_match, load = RunMatch(store, now, fill), ChangeLoad(store, now, fill)
    rate = ResponseRate(store, catalogue, now)
    rank = Rank(store, catalogue, reference, models, boards, asked, now, notice.version)
    snapshots = Snapshots(store, catalogue, reference, models, boards, asked, now)
    preflight = Preflight(catalogue, reference, frozen)
    decided = DecidedRounds(store, catalogue, frozen)
    draft = DraftRounds(
        store, frozen, preflight, _new_id, notice.version, WayOut(catalogue, reference)
    )
    return Peipao(
        settings=settings,
        clock=now,
        reference=reference,
        catalogue=catalogue,
        store=store,
        models=models,
        boards=boards,
        notice=notice,
        classify_text=topics,
        add_project=AddProject(store, catalogue, reference, now, _new_id, topics),
        open_need=OpenNeed(store, catalogue, reference, now, _new_id),
        submit_request=SubmitRequest(store, catalogue, reference, now, _new_id),
        handle_need=HandleNeed(store, catalogue, now),
        comment_need=CommentNeed(store, now, _new_id),
        show_needs=ShowNeeds(store, catalogue, now),
        list_unanswered=ListUnanswered(store, catalogue, now),
        response_rate=rate,
        state_month=StateMonth(store, now),
        watch_deadlines=WatchDeadlines(store, catalogue, rank, now),
        deliver_notices=DeliverNotices(store, _channels(settings)),
        add_provider=AddProvider(store, catalogue, reference, _new_id),
        show_project=ShowProject(store),
        record_feedback=RecordFeedback(store, now),
        rank=rank,
        rank_all=RankAll(store, catalogue, models, boards, asked, now),
        explain_pair=explain,
        explain_decision=ExplainDecision(decided, explain),
        find_bottlenecks=FindBottlenecks(decided, reference),
        list_plans=ListPlans(decided),
        solve_instances=SolveInstances(now, _new_id),
        show_kinds=ShowKinds(store, catalogue, reference),
        gather_training_data=gather,
        train_model=TrainModel(
            store,
            now,
            gather,
            ReportDisparity(store, reference),
            models,
            tracking,
            settings.packages,
            key,
            settings.seed,
        ),
        evaluate_model=EvaluateModel(gather, ReportDisparity(store, reference)),
        activate_model=ActivateModel(store, models, tracking.set_champion),
        run_round=RunRound(catalogue, snapshots, draft),
        draw_seed=DrawSeed(
            store, catalogue, snapshots, draft, frozen, _new_id, secrets.token_bytes
        ),
        override_finding=OverrideFinding(store),
        diff_rounds=DiffRounds(store),
        report_round=ReportRound(store, frozen, reference),
        export_bundle=ExportBundle(store, frozen),
        import_pairings=ImportPairings(store, catalogue, reference, now),
        replay_round=replay,
        review_round=ReviewRound(store, replay, offering, now),
        describe_round=DescribeRound(store),
        check_policies=CheckPolicies(store, calculator, names, now),
        tell_facts=TellFacts(store, calculator, names, now),
        check_bank=bank,
        open_policy_needs=OpenPolicyNeeds(store, bank),
        show_policies=ShowPolicies(calculator),
        show_rounds=ShowRounds(store, catalogue, notice.version),
        place_need=PlaceNeed(store, catalogue, now, find, make, explain),
        answer_offer=answer,
        answer_by_link=AnswerByLink(store, answer, run_match, load),
        run_match=run_match,
        change_load=load,
        expire_offers=ExpireOffers(store, fill),
        forget_replies=ForgetReplies(store),
        fill_vacancies=fill,
        make_link=MakeLink(store, now, secrets.token_bytes),
        show_offers=ShowOffers(store, catalogue),
        run_call=RunCall(store, catalogue, now, _new_id, explain),
        award_call=AwardCall(store, catalogue, read, asked, now, make),
        show_calls=ShowCalls(store, catalogue),
        authenticate=Authenticate(store, ForwardClock(now)),
        keys=CreateKey(store, now, secrets.token_bytes),
        load_sample=LoadSample(store, catalogue, reference, now),
        verify_books=VerifyBooks(store),
        note_facts=NoteFacts(store, reference.books, now),
        show_facts=ShowFacts(store),
        chase_facts=ChaseFacts(store, catalogue, reference.books, now),
        facts_sheet=FactsSheet(store, reference.books),
        pairings_sheet=PairingsSheet(store, catalogue),
        roster_sheet=RosterSheet(store, catalogue, reference),
        tell_figures=TellFigures(store, reference, rate, now),
        back_up=BackUp(store, settings.home),
        restore=Restore(store, settings.home),
        drill_restore=DrillRestore(now),
        readiness=TellReadiness(store, models, boards),
    )


def _channels(settings: Settings) -> dict[str, NoticeChannel]:
    return {
        name: load_plugin("peipao.channels", one.type)(name, one.options, settings.home)
        for name, one in settings.channels.items()
    }


def _new_id(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(6)}"
