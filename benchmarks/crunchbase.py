"""The rankers of peipao on real investment links: who invested in which start-up, 1995 to 2013.

usage: python benchmarks/crunchbase.py [--tune] [--run FILE]

A need is one funding event, a provider is a firm. The protocol is that of the set's README: fit
on train and choose on valid (`--tune` prints that grid), fit again on train + valid, report test
once. Every figure is a full ranking with ties against the model; `--run` writes the hybrid's
scores for the reference scorer. The data lie beside the repository and are not part of it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from models.base import TrainingData, pairs_where
from models.blend import HybridRanker
from models.content import ContentRanker
from models.hybrid import LatentRanker
from models.metrics import Ranked, paired_ratio, rank_needs, ranking_intervals
from models.standing import StandingSettings
from peipao.kinds.spec import AttributeSpec, ComparisonSpec, KindSpec, PairingSpec
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import InteractionTable, PairTable

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "crunchbase2013"
SPLITS = ("train", "valid", "test")
HAND = {"same_state": 0.5, "same_city": 0.5}
SEEDS = (1, 2, 3)


def kind() -> KindSpec:
    """Two comparisons are all that the set allows: firms declare no preferences in it."""
    place = AttributeSpec.model_validate({"type": "text", "label": "所在地"})
    return KindSpec(
        name="investor",
        label="投资机构",
        team="capital",
        prior_acceptance=0.05,
        provider={"place": place},
        need={"place": place},
        comparisons=tuple(
            ComparisonSpec.model_validate(
                {
                    "name": name,
                    "need": "place",
                    "provider": "place",
                    "measure": "text",
                    "weight": weight,
                    "label": "同城同州",
                }
            )
            for name, weight in HAND.items()
        ),
        pairing=PairingSpec(capacity=1),
    )


def load() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return edges, events (one row a funding round with its project) and firms."""
    edges = pd.read_parquet(FOLDER / "edges.parquet")
    projects = pd.read_parquet(FOLDER / "projects.parquet").set_index("project_id")
    firms = pd.read_parquet(FOLDER / "investors.parquet").set_index("investor_id")
    edges["at"] = pd.to_datetime(edges["date"]).astype("datetime64[s]").astype("int64")
    events = edges.drop_duplicates("event_id").set_index("event_id").sort_index()
    events = events[["project_id", "at", "round", "amount", "split"]]
    events = events.join(projects, on="project_id")
    bands = np.floor(2 * np.log10(events["amount"].where(events["amount"] > 0)))
    events["band"] = bands.map(lambda b: None if np.isnan(b) else f"{b:.0f}")
    return edges, events, firms


def indicators(table: pd.DataFrame, columns: Sequence[str]) -> IndicatorTable:
    """Return one row an entity, each known attribute an equal share of it."""
    known = table[list(columns)].astype(object)
    hot = pd.get_dummies(known.where(known.notna(), None), prefix_sep="=", dtype=float)
    values = hot.to_numpy()
    sums = np.maximum(values.sum(axis=1, keepdims=True), 1)
    return IndicatorTable(
        table.index.to_numpy().astype(np.str_), tuple(map(str, hot.columns)), values / sums
    )


def data_for(
    split: str, edges: pd.DataFrame, events: pd.DataFrame, firms: pd.DataFrame
) -> tuple[TrainingData, np.ndarray]:
    """Return what may be known when `split` is ranked, and which pairs are the answers.

    Answers are bool (n_pairs,) and no part of the data: the queries have no interactions in it.
    """
    earlier = SPLITS[: SPLITS.index(split)]
    past = edges[edges["split"].isin(earlier)]
    asked = edges[edges["split"].eq(split) & edges["eval_main"]]
    wanted = sorted({*past["event_id"], *asked["event_id"]})
    events = events.loc[wanted]
    firms = firms.loc[sorted(past["investor_id"].unique())]
    need_row = {e: k for k, e in enumerate(wanted)}
    firm_row = {f: k for k, f in enumerate(firms.index)}
    linked_at = first_links(past, firm_row)
    pairs = pairs_of(events, firms, linked_at)
    answers = np.zeros((len(events), len(firms)), dtype=np.bool_)
    for event, firm in zip(asked["event_id"], asked["investor_id"], strict=True):
        if firm in firm_row:
            answers[need_row[event], firm_row[firm]] = True
    past = past.drop_duplicates(["event_id", "investor_id"])
    order = np.lexsort((past["investor_id"], past["event_id"], past["at"]))
    past = past.iloc[order]
    data = TrainingData(
        spec=kind(),
        pairs=pairs,
        need_indicators=indicators(events, ["category_code", "round", "region", "band"]),
        provider_indicators=indicators(firms, ["state", "city"]),
        interactions=InteractionTable(
            need_ids=pairs.need_ids,
            provider_ids=pairs.provider_ids,
            need=past["event_id"].map(need_row).to_numpy(np.int32),
            provider=past["investor_id"].map(firm_row).to_numpy(np.int32),
            event=np.full(len(past), "accepted"),
            value=np.full(len(past), np.nan),
            at=past["at"].to_numpy(np.float64),
        ),
        opened_at=events["at"].to_numpy(np.float64),
        project=pd.factorize(events["project_id"])[0].astype(np.int32),
        schema_json="{}",
        schema_hash="",
    )
    return data, answers[pairs.need, pairs.provider]


def first_links(past: pd.DataFrame, firm_row: dict[str, int]) -> dict[str, np.ndarray]:
    """Return for each project when it was first linked to each firm; infinity is never."""
    out: dict[str, np.ndarray] = {}
    for project, part in past.groupby("project_id"):
        times = np.full(len(firm_row), np.inf)
        np.minimum.at(times, part["investor_id"].map(firm_row).to_numpy(), part["at"].to_numpy())
        out[str(project)] = times
    return out


def pairs_of(
    events: pd.DataFrame, firms: pd.DataFrame, linked_at: dict[str, np.ndarray]
) -> PairTable:
    """Return every event with every firm that its project was not linked to before."""
    never = np.full(len(firms), np.inf)
    at = events["at"].to_numpy(np.float64)
    known = np.array([linked_at.get(p, never) for p in events["project_id"]])
    need, provider = np.nonzero(known >= at[:, None])
    state = same(events["state_code"], firms["state"], need, provider)
    city = same(events["city"], firms["city"], need, provider)
    return PairTable(
        need_ids=events.index.to_numpy().astype(np.str_),
        provider_ids=firms.index.to_numpy().astype(np.str_),
        need=need.astype(np.int32),
        provider=provider.astype(np.int32),
        names=tuple(HAND),
        values=np.stack([state, city], axis=1),
    )


def same(ours: pd.Series, theirs: pd.Series, need: np.ndarray, provider: np.ndarray) -> np.ndarray:
    """Return 1 where two words are equal, 0 where not, NaN where one is missing."""
    left = ours.str.lower().to_numpy(object, na_value="")[need].astype(np.str_)
    right = theirs.str.lower().to_numpy(object, na_value="")[provider].astype(np.str_)
    return np.where((left == "") | (right == ""), np.nan, (left == right) * 1.0)


def judged(
    data: TrainingData, answers: np.ndarray, ranker: HybridRanker, seed: int
) -> tuple[dict[str, Ranked], pd.DataFrame, np.ndarray]:
    """Return the figures of each ranker, the hybrid's run, and the fitted weights."""
    fit = ranker.fit_fully(data, seed=seed).model
    queries = np.isin(data.pairs.need, np.unique(data.pairs.need[answers]))
    pairs = pairs_where(data.pairs, queries)
    good = answers[queries]
    args = data.need_indicators, data.provider_indicators, pairs
    columns = dict(zip((*fit.names, *fit.learnt_names), fit.columns(*args), strict=True))
    scored = {
        "hybrid": fit.score(*args),
        "latent": columns["latent"],
        "popularity": columns["popularity"],
        "content": ContentRanker().fit(data, seed=seed).score(*args),
    }
    run = pd.DataFrame(
        {
            "need_id": pairs.need_ids[pairs.need],
            "provider_id": pairs.provider_ids[pairs.provider],
            "score": scored["hybrid"],
        }
    )
    weights = fit.all_weights()
    return {name: rank_needs(pairs.need, s, good) for name, s in scored.items()}, run, weights


def averaged(parts: Sequence[Ranked]) -> Ranked:
    """Return the mean over seeds, need by need."""
    return Ranked(parts[0].need, np.mean([part.figures for part in parts], axis=0))


def grid() -> Iterator[tuple[str, HybridRanker]]:
    """Yield the settings that are tried on valid, each with one thing changed."""
    for half_life in (180.0, 270.0, 500.0, 730.0, 1e6):
        latent = LatentRanker(half_life_days=half_life)
        yield f"latent half-life={half_life:.0f} days", HybridRanker(latent=latent)
    for factors, epochs, models in ((16, 30, 3), (16, 60, 3), (64, 30, 2), (32, 15, 3)):
        latent = LatentRanker(n_factors=factors, n_epochs=epochs, n_models=models)
        yield f"d={factors} epochs={epochs} models={models}", HybridRanker(latent=latent)
    for models in (1, 2, 8):
        yield f"models={models}", HybridRanker(latent=LatentRanker(n_models=models))
    for days in (180.0, 730.0):
        yield f"popularity half-life={days:.0f} days", HybridRanker(standing=StandingSettings(days))
    for spread in (0.1, 0.25, 1.0):
        yield f"spread={spread}", HybridRanker(spreads=(spread,))


def tune(tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    """Print NDCG@10 on valid for each setting."""
    data, answers = data_for("valid", *tables)
    for name, ranker in (("defaults", HybridRanker()), *grid()):
        started = time.perf_counter()
        found, _, weights = judged(data, answers, ranker, seed=1)
        figures = " ".join(f"{n} {r.figures[:, 0].mean():.4f}" for n, r in found.items())
        print(f"{name:44s} {figures} {weights.round(2)} {time.perf_counter() - started:.0f} s")


def report(tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], run_file: Path | None) -> None:
    """Print the figures on test, the mean of three seeds, and write the first seed's run."""
    data, answers = data_for("test", *tables)
    results = [judged(data, answers, HybridRanker(), seed=seed) for seed in SEEDS]
    ranked = {name: averaged([r[0][name] for r in results]) for name in results[0][0]}
    past = data.project[np.unique(data.interactions.need)]
    cold = ~np.isin(data.project[ranked["hybrid"].need], past)
    print(f"{len(cold)} queries, {cold.sum()} of projects without history; mean of {SEEDS}")
    for name, found in ranked.items():
        figures = "  ".join(
            f"{metric} {i.value:.4f} [{i.low:.4f}, {i.high:.4f}]"
            for metric, i in ranking_intervals(found).items()
        )
        print(f"{name:11s} {figures}  cold {found.figures[cold, 0].mean():.4f}")
    for name in ("latent", "popularity", "content"):
        i = paired_ratio(ranked["hybrid"].figures[:, 0], ranked[name].figures[:, 0])
        print(f"hybrid / {name}: {i.value:.3f} [{i.low:.3f}, {i.high:.3f}]")
    print("weights:", results[0][2])
    if run_file is not None:
        results[0][1].to_parquet(run_file)
        print(f"run of seed {SEEDS[0]}: {run_file}")


def main() -> None:
    """Run the benchmark, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    if not FOLDER.exists():
        print(f"skipped: the data set is expected in {FOLDER.name}/ under shared/data, not there")
        sys.exit(0)
    tables = load()
    if options.tune:
        tune(tables)
    else:
        report(tables, options.run)


if __name__ == "__main__":
    main()
