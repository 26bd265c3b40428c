"""Turn the real sets beside the repository into dataset folders.

usage: python -m benchmarks.convert NAME SOURCE OUT

NAME is crunchbase2013, zh_itjuzi or ml-100k; SOURCE is the set's folder (for ml-100k the folder or
the wheel that holds `ml-100k.inter`). A need is one funding event, a provider is an investor; of a
MovieLens user's ratings of 4 and 5 every tenth of the history in train is a need, and so is all
that is held out.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

Tables = Mapping[str, pd.DataFrame]


def convert(name: str, source: Path, out: Path, *, amount: bool = True) -> Path:
    """Write the folder and return it.

    Args:
        name: of a set.
        source: where it lies.
        out: is made.
        amount: whether the need states how much it asks for.
    """
    toml, tables = CONVERTERS[name](source)
    if not amount:
        toml = re.sub(r"\[need\.amount[^\]]*\]\n.*?\n\n", "", toml, flags=re.DOTALL)
    out.mkdir(parents=True, exist_ok=True)
    (out / "dataset.toml").write_text(toml, encoding="utf-8")
    for table, frame in tables.items():
        frame.to_parquet(out / f"{table}.parquet", index=False)
    return out


_CRUNCHBASE = """\
name = "crunchbase2013"
label = "美国创投机构投资关系(2013)"
splits = ["train", "valid", "test"]

[project.category_code]
type = "category"
label = "行业"
values = "projects.category_code"

[project.region]
type = "category"
label = "地区"
values = "projects.region"

[project.state]
type = "category"
label = "所在州"
values = "projects.state"

[project.text]
type = "text"
label = "名称与行业"

[need.round]
type = "category"
label = "轮次"
values = "needs.round"

[need.amount]
type = "number"
unit = "USD"
label = "融资额"

[need.age]
type = "number"
unit = "year"
label = "成立年数"

[provider.state]
type = "category"
label = "所在州"
values = "providers.state"

[[comparisons]]
name = "same_state"
need = "project.state"
provider = "state"
measure = "same"
weight = 0.5
label = "同州"
"""


def crunchbase(source: Path) -> tuple[str, Tables]:
    """Return the set of 102 American firms."""
    edges = pd.read_parquet(source / "edges.parquet")
    projects = pd.read_parquet(source / "projects.parquet")
    firms = pd.read_parquet(source / "investors.parquet")
    events = edges.drop_duplicates("event_id").merge(
        projects[["project_id", "founded_year"]], on="project_id"
    )
    events["age"] = (events["year"] - events["founded_year"]).clip(lower=0)
    words = projects[["name", "category_code", "region", "city"]].fillna("")
    projects["text"] = words.agg(" ".join, axis=1)
    return _CRUNCHBASE, {
        "projects": projects.rename(columns={"project_id": "id", "state_code": "state"})[
            ["id", "category_code", "region", "state", "text"]
        ],
        "needs": events.rename(
            columns={"event_id": "id", "project_id": "project", "date": "opened"}
        )[["id", "project", "opened", "split", "round", "amount", "age"]],
        "providers": firms.rename(columns={"investor_id": "id"})[["id", "state"]],
        "interactions": _interactions(edges),
    }


_ITJUZI = """\
name = "zh_itjuzi"
label = "中国创业公司投融资事件"
splits = ["train", "valid", "test", "late"]

[project.text]
type = "text"
label = "名称与简介"

[need.field]
type = "category"
label = "行业"
values = "needs.field"

[need.round]
type = "category"
label = "轮次"
values = "needs.round"

[need.province]
type = "category"
label = "省份"
values = "needs.province"

[need.amount]
type = "category"
label = "融资额"
values = "needs.amount"

[need.currency]
type = "category"
label = "币种"
values = "needs.currency"

[provider.intro]
type = "text"
label = "机构简介"

[[comparisons]]
name = "text"
need = "project.text"
provider = "intro"
measure = "text"
weight = 1.0
label = "内容相近"
"""


def itjuzi(source: Path) -> tuple[str, Tables]:
    """Return the Chinese set; events without a disclosed investor are left out.

    Amounts in two currencies are no number of one unit: a half decade with its currency is a code.
    The currency is an attribute of its own too: a firm raises in one of them or the other.
    """
    edges = pd.read_parquet(source / "edges.parquet")
    events = pd.read_parquet(source / "events.parquet")
    projects = pd.read_parquet(source / "projects.parquet")
    firms = pd.read_parquet(source / "investors.parquet")
    events = events[events["event_id"].isin(edges["event_id"])].copy()
    halves = np.floor(2 * np.log10(events["amount"].where(events["amount"] > 0)))
    events["amount"] = (events["currency"] + " 10^" + (halves / 2).astype(str)).where(
        halves.notna() & events["currency"].notna()
    )
    projects["text"] = projects["name"] + " " + projects["description"].fillna("")
    return _ITJUZI, {
        "projects": projects.rename(columns={"project_id": "id"})[["id", "text"]],
        "needs": events.rename(
            columns={"event_id": "id", "project_id": "project", "date": "opened"}
        )[
            [
                *("id", "project", "opened", "split"),
                *("field", "round", "province", "amount", "currency"),
            ]
        ],
        "providers": firms.rename(columns={"investor_id": "id"})[["id", "intro"]],
        "interactions": _interactions(edges),
    }


def _interactions(edges: pd.DataFrame) -> pd.DataFrame:
    return edges.rename(
        columns={
            "event_id": "need",
            "investor_id": "provider",
            "date": "at",
            "eval_main": "scored",
        }
    )[["need", "provider", "at", "scored"]]


_MOVIELENS = """\
name = "ml_100k"
label = "MovieLens 100K"
splits = ["train", "valid", "test"]

[project.occupation]
type = "category"
label = "职业"
values = "projects.occupation"

[project.age]
type = "number"
unit = "year"
label = "年龄"

[provider.genres]
type = "multi"
label = "类型"
values = "providers.genres"

[provider.released]
type = "number"
unit = "calendar-year"
label = "上映年份"
"""


def movielens(source: Path) -> tuple[str, Tables]:
    """Return MovieLens-100k in its split by user; no gender and no postal code is read."""
    ratings = _wheel_table(source, "ml-100k.inter")
    users = _wheel_table(source, "ml-100k.user").rename(columns={"user_id": "id"})
    films = _wheel_table(source, "ml-100k.item").rename(
        columns={"item_id": "id", "class": "genres", "release_year": "released"}
    )
    films["genres"] = films["genres"].str.replace(" ", "|")
    films["released"] = pd.to_numeric(films["released"], errors="coerce")
    ratings = ratings.sort_values(["timestamp", "user_id", "item_id"])
    place = ratings.groupby("user_id").cumcount() + 1
    share = place / ratings.groupby("user_id")["item_id"].transform("size")
    ratings["split"] = pd.cut(share, [0, 0.7, 0.8, 1], labels=["train", "valid", "test"])
    ratings["at"] = pd.to_datetime(ratings["timestamp"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%S")
    tenth = np.ceil(share * 10).astype(int).astype(str)
    part = tenth.where(ratings["split"].eq("train"), ratings["split"].astype(str))
    ratings["need"] = "u" + ratings["user_id"].astype(str) + "-" + part
    kept = ratings[ratings["rating"] >= 4]
    needs = kept.drop_duplicates("need").rename(
        columns={"need": "id", "at": "opened", "user_id": "project"}
    )
    return _MOVIELENS, {
        "projects": users[["id", "age", "occupation"]],
        "needs": needs[["id", "project", "opened", "split"]],
        "providers": films[["id", "genres", "released"]],
        "interactions": kept.rename(columns={"item_id": "provider"})[["need", "provider", "at"]],
    }


def _wheel_table(source: Path, name: str) -> pd.DataFrame:
    """Return a table whose header says `name:type`, from a folder or out of the wheel."""
    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            content = wheel.read(f"recbole/dataset_example/ml-100k/{name}")
        frame = pd.read_csv(io.BytesIO(content), sep="\t")
    else:
        frame = pd.read_csv(source / name, sep="\t")
    return frame.rename(columns=lambda column: column.partition(":")[0])


CONVERTERS: Mapping[str, Callable[[Path], tuple[str, Tables]]] = {
    "crunchbase2013": crunchbase,
    "zh_itjuzi": itjuzi,
    "ml-100k": movielens,
}


if __name__ == "__main__":
    print(convert(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
