# %% [markdown]
# # 一、数据质量:有多少、缺什么、谁会被排除
#
# 排序和撮合只能和数据一样好。本页在一座小的示例城市上回答四个问题,
# 把 `wire(…)` 换成实际的设置即可用于真实数据:
#
# 1. 公开的基础数据有多少条经过核实?
# 2. 项目、需求、资源方的各项属性缺多少?
# 3. 哪些需求几乎没有可对接的资源方,为什么?
# 4. 反馈从展示到见面,在哪一步流失?
#
# 示例城市中的人和企业都是**生成的**;空间、创投、贷款产品、商协会等是公开资料。
# 本页的一切写在临时文件夹里,结束时删除。

# %%
from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd

from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.domain.records import FeedbackType
from peipao.sample.size import CitySize
from serving.wiring import wire

home = tempfile.TemporaryDirectory(prefix="peipao-notebook-")
settings = Settings(
    home=Path(home.name), store=StoreSettings(url=f"sqlite:///{home.name}/peipao.db")
)
peipao = wire(settings, FixedClock(dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)))
peipao.store.migrate()
size = CitySize(projects=80, earlier=40, mentors=50, officers=16, talents=20, service_points=5)
peipao.load_sample(size, 2026, by="analyst")

# %% [markdown]
# ## 1 基础数据:逐条有来源,但不是每条都核实过
#
# `verified` 为真表示有人在所注来源中读到过这一条。未核实的可以用于推荐,用于对外承诺之前应先核实。

# %%
tables = {
    "政策": peipao.reference.policies,
    "空间与园区": peipao.reference.spaces,
    "创投机构": peipao.reference.investors,
    "人力资源机构": peipao.reference.hr_agencies,
    "贷款产品": peipao.reference.loan_products,
    "行业商协会": peipao.reference.associations,
}
pd.DataFrame(
    {
        "条数": {name: len(rows) for name, rows in tables.items()},
        "已核实": {
            name: sum(row.verified for row in rows.values()) for name, rows in tables.items()
        },
        "无来源": {
            name: sum(not row.source for row in rows.values()) for name, rows in tables.items()
        },
    }
)

# %% [markdown]
# ## 2 缺失:缺就是缺,不当作零
#
# 缺失的属性在比较时取“平均水平”,既不加分也不减分。所以缺得多的属性不会出错,只是**不起作用**。
# 下表按类别列出资源方各属性的缺失比例,以及它用在哪些比较和准入条件中。
# 缺失多而权重大的属性最值得补录。

# %%
with peipao.store.reading() as tx:
    providers = {kind: tx.providers.of_kind(kind) for kind in peipao.catalogue}
    needs = {kind: tx.needs.of_kind(kind) for kind in peipao.catalogue}
    projects = tx.projects.list()

missing = pd.DataFrame(
    [
        {
            "类别": peipao.catalogue[kind].label,
            "属性": row.label,
            "缺失比例": 1 - sum(row.name in one.attributes for one in records) / len(records),
            "用于": "、".join(row.used_in) or "—",
        }
        for kind, records in providers.items()
        if records
        for row in peipao.show_kinds.attributes(kind)
        if row.side == "provider"
    ]
)
missing[(missing["缺失比例"] > 0.2) & (missing["用于"] != "—")].sort_values(
    "缺失比例", ascending=False, kind="stable"
).round(2)

# %%
project_rows = [
    row for row in peipao.show_kinds.attributes("mentor") if row.name.startswith("project.")
]
pd.Series(
    {
        row.label: 1
        - sum(row.name.removeprefix("project.") in one.attributes for one in projects)
        / len(projects)
        for row in project_rows
        if row.name != "project.stage"
    },
    name="项目属性的缺失比例",
).round(2)

# %% [markdown]
# ## 3 准入:哪些需求选择太少,是哪条规则排除的
#
# 每一对被排除都有一条中文原因。若某条原因独占多数,应先问规则是否过严、资源方资料是否不全,
# 再去招募新的资源方。

# %%
trained = peipao.train_model("mentor", by="analyst", track=False)
with peipao.store.reading() as tx:
    waiting = tx.needs.open_of_kind("mentor")
lists = {need.id: peipao.rank.need(need.id, 1) for need in waiting}
eligible = pd.Series({key: found.n_eligible for key, found in lists.items()}, name="可对接的导师")
excluded = pd.DataFrame({key: found.excluded for key, found in lists.items()}).T.fillna(0)

eligible.describe().round(1)

# %%
pd.DataFrame(
    {
        "平均每条需求排除几位导师": excluded.mean().round(1),
        "涉及多少条需求": (excluded > 0).sum(),
    }
).sort_values("涉及多少条需求", ascending=False)

# %%
few = eligible[eligible < 5].sort_values()
pd.DataFrame({"可对接的导师": few, "最常见的排除原因": excluded.loc[few.index].idxmax(axis=1)})

# %% [markdown]
# ## 4 反馈:在哪一步流失
#
# 每一步都以前一步为前提。“谢绝”只算已经提出约见的。没有回音与谢绝不同:前者什么也没说,
# 模型不把它当作谢绝。

# %%
steps = [FeedbackType.SHOWN, FeedbackType.OPENED, FeedbackType.ASKED, FeedbackType.ACCEPTED]
with peipao.store.reading() as tx:
    events = {kind: tx.feedback.of_kind(kind) for kind in peipao.catalogue}
funnel = pd.DataFrame(
    [
        {
            "类别": peipao.catalogue[kind].label,
            **{
                step.value: len({(e.need_id, e.provider_id) for e in rows if e.type is step})
                for step in [*steps, FeedbackType.MET, FeedbackType.DECLINED]
            },
        }
        for kind, rows in events.items()
    ]
).set_index("类别")
funnel

# %%
shares = funnel[["opened", "asked", "accepted", "met"]].to_numpy() / funnel[
    ["shown", "opened", "asked", "accepted"]
].replace(0, float("nan"))
shares.set_axis(["展示后打开", "打开后约见", "约见后接受", "接受后见面"], axis=1).round(2)

# %% [markdown]
# 读法:“约见后接受”低,多半是推荐不准或名额紧张;“接受后见面”低,是服务环节的问题,换模型无济于事。

# %%
peipao.close()
home.cleanup()
