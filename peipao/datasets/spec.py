"""`dataset.toml`: what the columns of a dataset are, in the schema language of the kind files."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from peipao.errors import KindFileError
from peipao.kinds.reading import read_spec
from peipao.kinds.sensitive import is_sensitive
from peipao.kinds.spec import (
    AttributeSpec,
    ComparisonSpec,
    KindSpec,
    Name,
    PairingSpec,
    ProjectSpec,
)

FILE = "dataset.toml"


class LinkSpec(KindSpec):
    """A kind that may be without comparisons: many datasets declare nothing on both sides."""

    comparisons: tuple[ComparisonSpec, ...] = ()


class DatasetSpec(BaseModel):
    """Columns, sides and splits of a dataset.

    The tables `projects`, `needs`, `providers` and `interactions` (parquet or csv) hold a column
    for every attribute of the same name, and these: `id` in the first three; `project`, `opened`
    (date) and `split` in `needs`; `need`, `provider`, `at` (date) in `interactions`, and there
    `weight` (default 1) and `scored` (default true: is an answer where its need is a query).

    Attributes:
        project: attributes of the project, as in `project.toml`. `values` of a category or multi
            may name a column, such as `projects.field`: its codes are what the column holds; a
            cell of a multi holds codes between `|`.
        need: attributes of the need.
        provider: attributes of the provider.
        splits: in order of time; a query of one may use all that is in earlier ones.
        comparisons: as in a kind file; weights are set by hand, before any link is seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    label: str = Field(min_length=1)
    splits: tuple[str, ...] = ("train", "valid", "test")
    project: dict[Name, AttributeSpec] = Field(default_factory=dict)
    need: dict[Name, AttributeSpec] = Field(default_factory=dict)
    provider: dict[Name, AttributeSpec] = Field(default_factory=dict)
    comparisons: tuple[ComparisonSpec, ...] = ()

    def kind(self) -> KindSpec:
        """Return the dataset's needs and providers as a match kind."""
        return LinkSpec(
            name=self.name,
            label=self.label,
            team="general",
            prior_acceptance=0.1,
            provider=self.provider,
            need=self.need,
            comparisons=self.comparisons,
            pairing=PairingSpec(capacity=1, same_organisation=True),
        )

    def projects(self) -> ProjectSpec:
        """Return the attributes of its projects."""
        return ProjectSpec(attributes=self.project)


def read_dataset_spec(folder: Path) -> DatasetSpec:
    """Return the spec of a folder.

    Raises:
        KindFileError: there is none, or it is wrong; names the key and what would be right.
    """
    spec = read_spec(folder / FILE, DatasetSpec)
    for side in (spec.project, spec.need, spec.provider):
        for name in side:
            if is_sensitive(name):
                raise KindFileError(FILE, name, "敏感信息不得参与排序", "删去此属性")
    return spec
