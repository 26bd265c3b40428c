# %% [markdown]
# # 四、公平性:谁得到了对接,谁在等
#
# 一轮之后按**区市**和**创始人类别**报告对接率、首选率和等候天数。三条规矩:
#
# - **最小单元格 5**:不足 5 条需求的组并入“其余(合并)”;若合并后仍不足 5 条,再并入次小的一组,
#   否则用总数减去其他组就能反推出它的数字。
# - 创始人类别是**敏感事实**:它只供政策资格计算,排序与撮合读不到它。本页只在一轮结束**之后**、
#   只按组统计它,
#   不显示任何个人。在真实数据上运行本页,须有相应授权。
# - 差别不等于不公:区市之间专员多少不同、需求不同。差别是提问的起点。

# %%
from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.domain.records import OutcomeType
from peipao.sample.size import CitySize
from serving.wiring import wire

LEAST = 5
"""最小单元格。"""

home = tempfile.TemporaryDirectory(prefix="peipao-notebook-")
settings = Settings(
    home=Path(home.name), store=StoreSettings(url=f"sqlite:///{home.name}/peipao.db")
)
clock = FixedClock(dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC))
peipao = wire(settings, clock)
peipao.store.migrate()
size = CitySize(
    projects=200, earlier=20, mentors=70, officers=30, talents=0, service_points=2, history=0.3
)
peipao.load_sample(size, 2026, by="analyst")
trained = peipao.train_model("mentor", by="analyst", track=False)
round_id = peipao.run_round("mentor", by="analyst")

# %% [markdown]
# ## 1 每条需求一行
#
# 首选率:对接上的需求中,得到自己榜首导师的比例。等候天数:从提出到今天。

# %%
outcomes = peipao.show_rounds.outcomes(round_id).outcomes
matched = {one.need_id: one for one in peipao.show_rounds.matches(round_id).matches}
with peipao.store.reading() as tx:
    needs = {need.id: need for need in tx.needs.get_many([one.need_id for one in outcomes])}
    found = tx.projects.get_many(sorted({need.project_id for need in needs.values()}))
    projects = {project.id: project for project in found}
    founders = {
        key: facts[0].value
        for key in projects
        for facts in [[f for f in tx.sensitive.of_project(key) if f.name == "founder_category"]]
        if facts
    }

table = pd.DataFrame(
    [
        {
            "区市": peipao.reference.label(
                "districts", str(projects[needs[one.need_id].project_id].attributes["district"])
            ),
            "创始人类别": founders.get(needs[one.need_id].project_id, "未申报"),
            "对接": one.type is OutcomeType.PAIRED,
            "首选": (
                float(peipao.explain_pair(one.need_id, matched[one.need_id].provider_id).rank == 1)
                if one.need_id in matched
                else np.nan
            ),
            "等候天数": (clock.now() - needs[one.need_id].opened_at).days,
        }
        for one in outcomes
    ]
)
print(f"需求 {len(table)} 条,对接率 {table['对接'].mean():.2f}")

# %% [markdown]
# ## 2 按区市
#
# 区间是对接率的 95% 威尔逊区间。只有区间互不相交的两组,才值得当作差别来谈。

# %%
reports, z = {}, 1.96
for column in ("区市", "创始人类别"):
    counts = table[column].value_counts(ascending=True)
    smaller = counts.cumsum() - counts
    large = (counts >= LEAST) & ((smaller == 0) | (smaller >= LEAST))
    group = table[column].where(table[column].map(large), "其余(合并)")
    report = table.groupby(group).agg(
        需求=("对接", "size"),
        对接率=("对接", "mean"),
        首选率=("首选", "mean"),
        平均等候天数=("等候天数", "mean"),
    )
    report = report.sort_values("对接率")
    n, p = report["需求"], report["对接率"]
    middle, spread = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    reports[column] = report.assign(
        下限=(middle - spread) / (1 + z**2 / n), 上限=(middle + spread) / (1 + z**2 / n)
    ).round(2)

reports["区市"]

# %% [markdown]
# ## 3 按创始人类别

# %%
reports["创始人类别"]

# %% [markdown]
# ## 4 没有对接上的在等什么
#
# 等候最久的组若对接率也低,先看它所在区市的可对接导师数(第一页第 3 节),再考虑提高等候的权重(类别文件
# `waiting_penalty_per_30_days`)或请那里的导师增加名额(第三页第 2 节)。

# %%
left = table[~table["对接"]]
counts = left["区市"].value_counts(ascending=True)
smaller = counts.cumsum() - counts
large = (counts >= LEAST) & ((smaller == 0) | (smaller >= LEAST))
waits = (
    left.groupby(left["区市"].where(left["区市"].map(large), "其余(合并)"))["等候天数"]
    .agg(["size", "median", "max"])
    .set_axis(["需求", "中位等候天数", "最长等候天数"], axis=1)
)
waits.sort_values("中位等候天数", ascending=False)

# %% [markdown]
# ## 5 单元格都够大
#
# 上面显示的每一组都不少于 5 条需求。

# %%
print([int(shown["需求"].min()) >= LEAST for shown in (*reports.values(), waits)])

# %%
peipao.close()
home.cleanup()
