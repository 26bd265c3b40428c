from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.metrics import rank_needs
from peipao.datasets.reading import read_dataset
from peipao.errors import InvalidInputError, KindFileError
from serving.usecases.dataset_tables import trial
from serving.usecases.evaluate_dataset import compare_runs, evaluate_dataset, write_run

TOML = """
name = "tiny"
label = "小数据集"

[project.field]
type = "category"
label = "行业"
values = "projects.field"

[project.intro]
type = "text"
label = "简介"

[need.amount]
type = "number"
unit = "CNY"
label = "金额"

[provider.fields]
type = "multi"
label = "行业"
values = "projects.field"

[[comparisons]]
name = "field"
need = "project.field"
provider = "fields"
measure = "member"
weight = 1.0
label = "产业契合"
"""
FIELDS = ("农业", "制造", "软件")


def a_folder(folder: Path, toml: str = TOML) -> Path:
    """Write 60 needs over two years; each is linked to a provider of its field."""
    folder.mkdir(exist_ok=True)
    (folder / "dataset.toml").write_text(toml, encoding="utf-8")
    projects = [f"p{k},{FIELDS[k % 3]},{FIELDS[k % 3]}项目{k}" for k in range(50)]
    needs, links = [], []
    for k in range(60):
        split = "train" if k < 36 else "valid" if k < 48 else "test"
        day = f"20{20 + k // 12}-{1 + k % 12:02d}-01"
        needs.append(f"n{k:02d},p{k % 50},{day},{split},{'' if k % 4 == 0 else 10 ** (4 + k % 3)}")
        links.append(f"n{k:02d},f{3 * (k // 3 % 2) + k % 50 % 3},{day}")
    providers = [f"f{k},{FIELDS[k % 3]}|{FIELDS[k % 3]}" for k in range(6)]
    for name, head, lines in (
        ("projects", "id,field,intro", projects),
        ("needs", "id,project,opened,split,amount", needs),
        ("providers", "id,fields", providers),
        ("interactions", "need,provider,at", links),
    ):
        (folder / f"{name}.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    return folder


def test_a_folder_becomes_the_records_of_the_product(tmp_path: Path) -> None:
    found = read_dataset(a_folder(tmp_path / "tiny"))
    need, project = found.needs[1]
    assert (need.id, project.attributes["field"]) == ("n01", "制造")
    assert need.attributes["amount"].value == 100_000.0
    assert "amount" not in found.needs[0][0].attributes
    assert found.providers[2].attributes["fields"] == ("软件",)
    assert found.split["n59"] == "test"


def test_an_unknown_key_or_a_sensitive_attribute_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(KindFileError, match="speling"):
        read_dataset(a_folder(tmp_path / "a", TOML + "\n[speling]\na = 1\n"))
    with pytest.raises(KindFileError, match="gender"):
        read_dataset(a_folder(tmp_path / "b", TOML.replace("project.field]", "project.gender]")))


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "tiny")
    with (folder / "interactions.csv").open("a", encoding="utf-8") as stream:
        stream.write("\nn01,nobody,2020-01-01")
    with pytest.raises(InvalidInputError, match=r"interactions\[60\]"):
        read_dataset(folder)


def test_nothing_of_a_query_is_known_before_it_is_ranked(tmp_path: Path) -> None:
    asked = trial(read_dataset(a_folder(tmp_path / "tiny")), "test")
    data = asked.data
    queries = np.unique(data.pairs.need[asked.query])
    assert not np.isin(data.interactions.need, queries).any()
    assert data.interactions.at.max() < data.opened_at[queries].min()
    assert asked.answers[asked.query].sum() == asked.answers.sum() > 0


def test_providers_that_the_project_knows_are_no_candidates(tmp_path: Path) -> None:
    asked = trial(read_dataset(a_folder(tmp_path / "tiny")), "test")
    data, seen = asked.data, asked.data.interactions
    known = {(data.project[n], p) for n, p in zip(seen.need, seen.provider, strict=True)}
    pairs = zip(
        data.project[data.pairs.need[asked.query]], data.pairs.provider[asked.query], strict=True
    )
    assert not known & set(pairs)


@pytest.mark.parametrize("model", ["champion", "content", "naive_bayes"])
def test_a_dataset_is_judged_by_the_command_line_and_written(tmp_path: Path, model: str) -> None:
    dataset = read_dataset(a_folder(tmp_path / "tiny"))
    found = evaluate_dataset(dataset, model=model, seed=1)
    assert found.counts["all"] == found.counts["cold_project"] + found.counts.get("warm_project", 0)
    path = tmp_path / "run.csv"
    write_run(found.run, path)
    same = compare_runs(dataset, "test", path, path)
    assert same["ndcg_at_10"].value == 1.0
    again = rank_needs(found.run.pairs.need, found.run.scores, found.run.answers)
    assert (again.figures == found.run.ranked.figures).all()
