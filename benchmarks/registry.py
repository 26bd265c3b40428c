"""Which benchmarks there are; each module is imported only when it is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from benchmarks.report import Section
from benchmarks.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One measurement.

    Attributes:
        module: has `run(shop) -> Section`; None means that there was nothing to measure.
        chinese, english: what it measures, one line each.
        minutes: about how long it takes here.
    """

    module: str
    chinese: str
    english: str
    minutes: str

    def run(self, shop: Workshop) -> Section | None:
        """Measure."""
        run = cast("Callable[[Workshop], Section | None]", import_module(self.module).run)
        return run(shop)


BENCHMARKS = {
    "city_round": Benchmark(
        "benchmarks.city_round",
        "S 规模导师整轮撮合:分阶段耗时、内存峰值,并用第二个精确引擎核对最优值",
        "a whole mentor round at scale S: seconds by stage, peak memory, the optimum proved twice",
        "2",
    ),
    "serving": Benchmark(
        "benchmarks.http_serving",
        "本机 HTTP 推荐接口:p50/p95/p99、304、新登记项目多久可推荐、启动时间与内存",
        "ranked lists over loopback: p50/p95/p99, 304, a new project's first list, start, RSS",
        "3",
    ),
    "needs_ledger": Benchmark(
        "benchmarks.needs_ledger",
        "需求台账:200 段各 500 个事件的随机历史,数据库的响应率对照手工折算",
        "the needs ledger: 200 random histories of 500 events, SQL figures against a fold by hand",
        "8",
    ),
    "sample_ranking": Benchmark(
        "benchmarks.sample_ranking",
        "示例城市留出月份的 NDCG@10:混合模型对比仅内容、仅隐因子、仅热度(三个城市种子)",
        "NDCG@10 on the sample city's held-out months: hybrid against its parts, three cities",
        "6",
    ),
    "affinity": Benchmark(
        "benchmarks.affinity",
        "示例城市的匹配度是否如实:与实际结果和隐含真值对照、区间与短名单的实测覆盖率",
        "is the sample city's affinity right: offers, hidden truth, intervals, shortlists",
        "8",
    ),
    "chances": Benchmark(
        "benchmarks.chances",
        "真实关系数据上的 P(link):校准、基准率漂移与目录增长的影响、短名单(没有数据则跳过)",
        "P(link) on real links: calibration, drift of the base rate, a growing catalogue",
        "8",
    ),
    "small_data": Benchmark(
        "benchmarks.small_data",
        "示例城市的学习曲线(0 至 5000 条交互)、虚假账号与新资源方的曝光",
        "the sample city's learning curve, fake accounts and exposure of newcomers",
        "6",
    ),
    "ranking": Benchmark(
        "benchmarks.ranking",
        "真实投资关系数据上的排序:与各对手同场比较(数据不随仓库分发;没有则跳过)",
        "rankers on real links, rivals in the same run (data not part of the repository)",
        "10",
    ),
    "ranking_zh": Benchmark(
        "benchmarks.ranking_zh",
        "同上,中国创业公司投融资事件,另含有简介的 late 划分(数据不随仓库分发)",
        "the same on Chinese funding events, and on later ones with descriptions (data as above)",
        "20",
    ),
    "ranking_small": Benchmark(
        "benchmarks.ranking_small",
        "关系很少时的排序:城市规模的五个样本、学习曲线(数据不随仓库分发;没有则跳过)",
        "rankers on few links: five samples of a city's size, a learning curve (data as above)",
        "20",
    ),
    "ranking_columns": Benchmark(
        "benchmarks.ranking_columns",
        "冠军模型各列各值多少:逐列去掉再比(数据不随仓库分发;没有则跳过)",
        "what each column of the champion is worth on the validation needs (data as above)",
        "10",
    ),
    "ranking_bounds": Benchmark(
        "benchmarks.ranking_bounds",
        "真实数据的上限:获知其余测试需求后的排序、测试需求自身的热度,以及中文数据的学习曲线",
        "what the real sets allow: ranked with the other test needs known, and a learning curve",
        "6",
    ),
    "ranking_films": Benchmark(
        "benchmarks.ranking_films",
        "MovieLens-100k 按用户切分的排序(运行时下载 recbole 的 wheel;不可得则跳过)",
        "rankers on MovieLens-100k, user by user (downloads the wheel of recbole for the run)",
        "15",
    ),
    "rounds": Benchmark(
        "benchmarks.rounds",
        "轮次的一生:错误评分表预检、离线重算、撤回、摇号公平",
        "the life of a round: wrong sheets, replay, withdrawal, lottery",
        "4",
    ),
    "migrations": Benchmark(
        "benchmarks.migrations",
        "数据库升级中途被 kill -9:停在旧版本或到达新版本,两种数据库,S 规模",
        "migrations under kill -9 at scale S: the old version or the new one, on both databases",
        "15",
    ),
    "digest": Benchmark(
        "benchmarks.digest",
        "同一输入打乱顺序、换数据库、换 PYTHONHASHSEED,轮次的 SHA-256 是否相同",
        "one SHA-256 of the round: shuffled, on SQLite and PostgreSQL, other hash seeds",
        "4",
    ),
    "environments": Benchmark(
        "benchmarks.environments",
        "二十个轮次在十二种环境里(哈希种子、线程、行序、数据库、时区、区域、重启)是否同一 SHA-256",
        "twenty rounds in twelve environments: one SHA-256 each",
        "6",
    ),
    "optimality": Benchmark(
        "benchmarks.proven_optima",
        "撮合引擎:与穷举及其他引擎逐一核对,并给出各规模的求解时间",
        "the solvers against trying everything and against each other, and their times by size",
        "4",
    ),
    "assignment": Benchmark(
        "benchmarks.assignment",
        "撮合引擎对比 OR-tools、scipy、lapx、networkx:整轮、单次变更、首次调用 (--rivals, --large)",
        "the assignment engine against OR-tools, scipy, lapx and networkx; one change; first call",
        "8",
    ),
    "answers": Benchmark(
        "benchmarks.answers",
        "撮合的各种回答:原因、名额增减、放宽方案、最优值,与另写的引擎逐一核对",
        "reasons, one place more or less, ways out, optima: against engines written apart",
        "20",
    ),
    "relaxations": Benchmark(
        "benchmarks.relaxations",
        "无可行解时最便宜的放宽方案:1265 x 1067 的耗时",
        "the cheapest way out of a round without a solution at 1,265 x 1,067, seconds",
        "1",
    ),
    "policy": Benchmark(
        "benchmarks.policy_rules",
        "政策计算器:与另一份独立解读逐一核对,并给出千个项目的耗时",
        "the policy calculator against a second reading, damaged rule files, 1,000 projects",
        "9",
    ),
    "scoring": Benchmark(
        "benchmarks.scoring",
        "成块打分:1000 x 300 对比裸矩阵乘、一个新画像、十五万需求取前五十 (--large 为全量)",
        "scoring in blocks: 1,000 x 300, one new profile, 150,000 x 10,000 (--large: all of them)",
        "4",
    ),
    "training_scale": Benchmark(
        "benchmarks.training_scale",
        "示例城市与大城市规模的训练:时间与内存 (--large 为十万需求、一万资源方、百万条对接)",
        "training: the sample city again, and at scale (--large: 100,000 x 10,000 x 1 M links)",
        "3",
    ),
    "topics": Benchmark(
        "benchmarks.topics",
        "按文字归类到 10+1 产业与赛道:准确率、弃权与覆盖率曲线、繁体/全角/错字/残缺文本",
        "industries of free texts: accuracy, abstention, coverage, ablation, spoilt texts",
        "2",
    ),
    "text_encoders": Benchmark(
        "benchmarks.text_encoders",
        "文本编码器:真实描述与基础数据词的十近邻同类率、每条毫秒(数据不随仓库分发)",
        "text encoders: the ten nearest on real descriptions and reference words, ms",
        "5",
    ),
    "offers_race": Benchmark(
        "benchmarks.offers_race",
        "32 个客户端同时争最后一个名额(--large 为 32,000 次)",
        "the last place under 32 clients (--large: 32,000 attempts)",
        "2",
    ),
    "offers_race_pg": Benchmark(
        "benchmarks.offers_race_pg",
        "同上,PostgreSQL",
        "the same on PostgreSQL",
        "2",
    ),
    "offer_keys": Benchmark(
        "benchmarks.offer_keys",
        "同一幂等键发送五次只有一个结果,两种数据库(--large 为 2,000 个键)",
        "a key sent five times has one effect, on both databases (--large: 2,000 keys)",
        "1",
    ),
    "kill_rounds": Benchmark(
        "benchmarks.kill_rounds",
        "写入途中 kill -9 服务进程:已确认的写入一条不少,重启到就绪多久(--large 为 100 轮)",
        "kill -9 while writing: nothing acknowledged is lost; start to ready (--large: 100)",
        "2",
    ),
    "kill_rounds_pg": Benchmark(
        "benchmarks.kill_rounds_pg",
        "同上,PostgreSQL(--large 为 40 轮)",
        "the same on PostgreSQL (--large: 40)",
        "1",
    ),
    "kill_server": Benchmark(
        "benchmarks.kill_server",
        "写入途中 kill -9 PostgreSQL 本身:已确认的一条不少,服务不重启自行恢复(--large 为 40 次)",
        "PostgreSQL itself is killed while clients write; the service goes on by itself (40)",
        "1",
    ),
    "synced_writes": Benchmark(
        "benchmarks.synced_writes",
        "每次确认之前是否已同步到磁盘(strace;没有则跳过)",
        "a sync to disk before every acknowledgement (by strace, left out without it)",
        "1",
    ),
    "full_disk": Benchmark(
        "benchmarks.full_disk",
        "磁盘写满:写入报错有代码、读取照常、腾出空间后不重启即恢复(须能挂载 tmpfs)",
        "a full disk: coded refusals, reads go on, writes resume (needs the right to mount)",
        "1",
    ),
    "backup": Benchmark(
        "benchmarks.backup",
        "写入不停时备份,恢复到空主机:秒数、内容哈希、与台账所述一条分毫不差,两种数据库",
        "a backup under load and its restore on an empty host: seconds, content, both databases",
        "5",
    ),
    "restarts": Benchmark(
        "benchmarks.restarts",
        "S 规模启动到就绪:正常停止之后、写入途中被 kill -9 之后,两种数据库",
        "start to ready at scale S: after a stop, and after kill -9 under load",
        "3",
    ),
    "first_run": Benchmark(
        "benchmarks.first_run",
        "全新克隆、空家目录、无缓存,make run 到第一份推荐要多久;再来一次要多久",
        "fresh clone, empty home, no caches: seconds of `make run` to the first list; and again",
        "8",
    ),
}
