# %% [markdown]
# # 三、撮合的“如果……会怎样”
#
# 一轮对接是整数最优解,所以“如果”都能**重新求解**来回答,不靠估计:
#
# 1. 一轮对接的结果;
# 2. 哪位导师多带一个项目,全市得益最大?
# 3. 每位导师只带一个项目(严格一对一),代价多大?
# 4. 指定或否决一对,别人付出多少?
# 5. 为什么不是他?

# %%
from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from matching.assign import assign
from matching.check import check
from matching.explain import explain_pair
from matching.objective import worth
from matching.sensitivity import one_more_place, one_more_place_each, with_pin, with_veto
from peipao.clock import FixedClock
from peipao.config import Settings, StoreSettings
from peipao.sample.size import CitySize
from serving.wiring import wire

home = tempfile.TemporaryDirectory(prefix="peipao-notebook-")
settings = Settings(
    home=Path(home.name), store=StoreSettings(url=f"sqlite:///{home.name}/peipao.db")
)
peipao = wire(settings, FixedClock(dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)))
peipao.store.migrate()
size = CitySize(projects=60, earlier=30, mentors=24, officers=12, talents=0, service_points=2)
peipao.load_sample(size, 2026, by="analyst")
trained = peipao.train_model("mentor", by="analyst", track=False)

# %% [markdown]
# ## 1 一轮对接
#
# 草案不会通知任何人。`total_affinity` 是全部对接的匹配度之和;
# `objective_value` 还减去让需求空等的代价。

# %%
round_id = peipao.run_round("mentor", by="analyst")
stored = peipao.show_rounds.one(round_id)
pd.Series(dict(stored.figures), name="数值")

# %%
described = peipao.describe_round(round_id)
pd.DataFrame(
    [(row.project, row.provider, row.affinity, row.reasons[0]) for row in described.pairs[:8]],
    columns=["项目", "导师", "匹配度", "首要理由"],
)

# %%
pd.DataFrame(
    [(row.project, row.outcome, row.position, row.reason) for row in described.empty],
    columns=["项目", "结果", "名次", "原因"],
)

# %% [markdown]
# 以下都从这一轮**冻结的输入**出发。先由独立的校验器确认重新求解与存储的结果一致。

# %%
problem = peipao.replay_round.frozen.get(round_id, str(stored.certificate["inputs"])).problem
assignment = assign(problem)
certificate = check(problem, assignment)
certificate.require()
before = worth(problem, assignment)
matches = peipao.show_rounds.matches(round_id).matches
made = sorted((one.need_id, one.provider_id) for one in matches)
print("与存储的配对一致:", made == sorted(assignment.ids(problem)))

# %% [markdown]
# ## 2 多一个名额值多少
#
# 数字是**重新求解**后目标的增加量(匹配度单位),不是影子价格:影子价格在并列时并不唯一。
# 为 0 表示这位导师现有的名额已经够用。

# %%
gains = pd.Series(
    one_more_place_each(problem, assignment) / 1e6,
    index=problem.provider_ids.tolist(),
    name="多一个名额的得益",
).sort_values(ascending=False)
gains.head(8)

# %%
best = str(gains.index[0])
print(f"{best}:一次算出 {gains.iloc[0]:.6f},逐个重新求解 {one_more_place(problem, best):.6f}")

# %% [markdown]
# ## 3 严格一对一的代价

# %%
strict = replace(problem, capacity=np.minimum(problem.capacity, 1))
alone = worth(strict, assign(strict))
pd.DataFrame(
    {
        "现行名额": [before.total_affinity, before.objective_value, before.unfilled],
        "每人一个": [alone.total_affinity, alone.objective_value, alone.unfilled],
    },
    index=["总匹配度", "目标值", "没有对接上的名额"],
)

# %% [markdown]
# ## 4 指定与否决
#
# 工作人员可以指定或否决一对,理由记入台账。它的代价由别人承担,所以应当看得见。
# 这里对每一种取得到的情形重新求解:
# 否决现有的每一对,以及强行指定几条等候中的需求所最合适的一对。

# %%
losses = [
    (
        *assignment.ids(problem)[place],
        problem.weight[row] / 1e6,
        (before.objective - worth(changed, assign(changed)).objective) / 1e6,
    )
    for place, row in enumerate(assignment.pairs.tolist())
    for changed in [with_veto(problem, row)]
]
vetoes = pd.DataFrame(losses, columns=["需求", "导师", "匹配度", "否决的代价"])
vetoes.sort_values("否决的代价", ascending=False).head(8)

# %% [markdown]
# 否决的代价总不超过这一对自身的匹配度加上空等的代价,通常小得多:另有几乎一样好的方案。接近 0 的,
# 可以放心听当事人的意见。

# %%
waiting = np.setdiff1d(problem.need, problem.need[assignment.pairs])
rows = [
    int(own[np.argmax(problem.weight[own])])
    for need in waiting.tolist()
    for own in [np.flatnonzero(problem.need == need)]
]
forced = pd.DataFrame(
    [
        (
            problem.need_ids[problem.need[row]],
            problem.provider_ids[problem.provider[row]],
            problem.weight[row] / 1e6,
            (before.objective - worth(changed, assign(changed)).objective) / 1e6,
        )
        for row in rows
        for changed in [with_pin(problem, row)]
        if problem.capacity[problem.provider[row]] > 0
    ],
    columns=["等候的需求", "最合适的导师", "匹配度", "强行指定的代价"],
)
forced

# %% [markdown]
# ## 5 为什么不是他
#
# 对每条等候的需求,问它最合适的导师为什么给了别人。占用名额的需求只显示编号末两位。

# %%
pd.DataFrame(
    [
        (one.need_id, one.provider_id, one.rank, one.sentence)
        for row in rows
        for one in [
            explain_pair(
                problem,
                assignment,
                str(problem.need_ids[problem.need[row]]),
                str(problem.provider_ids[problem.provider[row]]),
            )
        ]
    ],
    columns=["需求", "导师", "在其合格导师中的名次", "说明"],
)

# %%
peipao.close()
home.cleanup()
