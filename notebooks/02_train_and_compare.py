# %% [markdown]
# # 二、训练与比较:模型学到了什么,差多少算差
#
# 比较四种排序:**content**(只用声明的条件,权重由工作人员给定)、**popularity**(近期热度)、
# **latent**(LightFM)、
# **hybrid**(三者之和,权重随反馈由数据修正)。评估方式:按时间切分,只用切分点之前的数据训练,
# 在之后提出的需求上对**全部**可对接的资源方排序,并列按最不利计。
#
# 请注意:示例城市的“口味”是我们自己设定的,这里的数字说明模型能否**找回**设定的口味,
# 不说明真实世界中的质量。
# 城市很小,区间很宽;同样的步骤用于全市数据(`peipao evaluate mentor`),区间会窄得多。

# %%
from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from models.base import events_where
from models.evaluation import evaluate
from models.links import links_of
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
size = CitySize(projects=150, earlier=100, mentors=60, officers=10, talents=0, service_points=2)
peipao.load_sample(size, 2026, by="analyst")

# %% [markdown]
# ## 1 谁更好,好多少
#
# 方括号内是 95% 自助区间。两个区间重叠并不说明没有差别:同一批需求上的比较应看下一节的**成对**比值。

# %%
found = peipao.evaluate_model("mentor", seed=2026)
pd.DataFrame(
    {
        ranker: {
            name: f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
            for name, one in figures.items()
        }
        for ranker, figures in found.figures.items()
    }
).T

# %%
print(f"评估需求 {found.n_needs} 条,其中 {found.n_cold} 条来自此前没有任何对接的项目(冷启动)")

# %% [markdown]
# ## 2 成对比值:混合模型相对各部分
#
# 比值的区间整个在 1 以上,才说混合模型更好;跨过 1,只能说“没有看出差别”。

# %%
pd.DataFrame(
    {name: [one.value, one.low, one.high] for name, one in found.ratios.items()},
    index=["NDCG@10 之比", "下限", "上限"],
).T.round(3)

# %% [markdown]
# ## 3 冷启动项目
#
# 新项目没有历史,热度与 LightFM 只能靠画像。这里 content 通常不输:这正是混合模型以它为底的原因。

# %%
pd.DataFrame(
    {
        ranker: {name: round(one.value, 3) for name, one in figures.items()}
        for ranker, figures in found.cold.items()
    }
).T

# %% [markdown]
# ## 4 匹配度可信吗
#
# 匹配度是概率:`predicted_over_observed_top_5` 应接近 1,`ece_top_20` 越小越好,
# `log_loss_skill` 大于 0
# 才胜过“人人都给平均值”。

# %%
pd.Series(found.affinity, name="数值").round(3)

# %% [markdown]
# ## 5 学习曲线:再收集多少反馈才值得
#
# 切分点与被评估的需求保持不变,只减少切分点之前**有反馈的需求**的份额。若曲线在右端仍在上升,
# 继续收集反馈比调参数更有用。

# %%
data = peipao.gather_training_data("mentor").data.canonical()
linked = np.unique(links_of(data).need)
cut_at = float(np.quantile(data.opened_at[linked], 0.8))
lots = np.random.default_rng(7).random(len(data.interactions.need_ids))
seen = data.interactions
curve = {}
for share in (0.0, 0.1, 0.3, 1.0):
    kept = (seen.at >= cut_at) | (lots[seen.need] < share)
    thinned = replace(data, interactions=events_where(seen, kept))
    curve[share] = evaluate(thinned, 2026, cut_at=cut_at).figures

# %%
points = pd.DataFrame(
    {
        ranker: {share: figures[ranker]["ndcg_at_10"].value for share, figures in curve.items()}
        for ranker in ("hybrid", "content", "latent")
    }
)
points.round(3)

# %%
figure, axes = plt.subplots(figsize=(6, 4))
for ranker in points:
    spans = [curve[share][ranker]["ndcg_at_10"] for share in points.index]
    axes.plot(points.index, points[ranker], marker="o", label=ranker)
    axes.fill_between(
        points.index, [s.low for s in spans], [s.high for s in spans], alpha=0.12, linewidth=0
    )
axes.set(xlabel="share of past feedback", ylabel="NDCG@10", ylim=(0, None))
axes.legend()

# %% [markdown]
# 没有任何反馈时(最左),混合模型**就是** content:权重恰为工作人员给定的值,分毫不差。

# %%
plt.close(figure)
peipao.close()
home.cleanup()
