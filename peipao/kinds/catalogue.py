"""The catalogue: every match kind that is installed, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from typing_extensions import override

from peipao.canonical import sha256_json
from peipao.errors import KindFileError, UnknownKindError
from peipao.kinds.attributes import CodeTables
from peipao.kinds.fitting import check_kind_spec, check_project_spec
from peipao.kinds.reading import read_spec
from peipao.kinds.spec import KindSpec, ProjectSpec

PROJECT_FILE = "project.toml"

Files = Mapping[str, Path | Traversable]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue(Mapping[str, KindSpec]):
    """Kind name -> spec, sorted by name; frozen and checked.

    Attributes:
        kinds: the same as a read-only mapping.
        project: the attributes of a project, common to all kinds.
        hash: SHA-256 of what all files say; comments, line ends and order of keys do not count.
    """

    kinds: Mapping[str, KindSpec]
    project: ProjectSpec
    hash: str
    _rules: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    @override
    def __getitem__(self, name: str) -> KindSpec:
        """Return the spec of a kind.

        Raises:
            UnknownKindError: with the kinds there are.
        """
        if name not in self.kinds:
            raise UnknownKindError(name, self.kinds)
        return self.kinds[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    @override
    def __len__(self) -> int:
        return len(self.kinds)

    @override
    def __contains__(self, name: object) -> bool:
        # Mapping would look for a KeyError, which an unknown kind is not.
        return name in self.kinds

    def rules_hash(self, kind: str) -> str:
        """Return the SHA-256 of what a kind file and `project.toml` say about results.

        Costs of relaxations change no result.

        Raises:
            UnknownKindError: there is no such kind.
        """
        found = self._rules.get(kind)
        if found is None:
            found = sha256_json({"kind": _said(self[kind]), "project": _said(self.project)})
            self._rules[kind] = found
        return found

    def owner_kind(self) -> KindSpec | None:
        """Return the kind whose providers own needs; None if the catalogue has none."""
        return next((kind for kind in self.kinds.values() if kind.owns_needs), None)


def load_catalogue(reference: CodeTables, extra: Path | None = None) -> Catalogue:
    """Return the kinds of the package, with the files of a folder added or put in their place.

    Args:
        reference: the tables that kind files refer to.
        extra: a folder of `*.toml`; a file of the same name as one of the package replaces it,
            `project.toml` included. Hidden files are ignored.

    Raises:
        KindFileError: a file is wrong; names the file, the key and what would be right.
        SensitiveFactError: an attribute is a sensitive fact.
    """
    found = _toml_files(files(__package__).iterdir()) | _extra_files(extra)
    project_file = found.pop(PROJECT_FILE)
    project = read_spec(project_file, ProjectSpec)
    check_project_spec(PROJECT_FILE, project, reference)
    kinds: dict[str, KindSpec] = {}
    for name in sorted(found):
        kind = read_spec(found[name], KindSpec)
        check_kind_spec(name, name.removesuffix(".toml"), kind, project, reference)
        kinds[kind.name] = kind
    _check_one_owner(kinds.values())
    said = {"project": _said(project), "kinds": {name: _said(k) for name, k in kinds.items()}}
    return Catalogue(MappingProxyType(kinds), project, sha256_json(said))


def _toml_files(entries: Iterable[Path | Traversable]) -> dict[str, Path | Traversable]:
    return {
        entry.name: entry
        for entry in entries
        if entry.name.endswith(".toml") and not entry.name.startswith(".")
    }


def _extra_files(folder: Path | None) -> dict[str, Path | Traversable]:
    if folder is None:
        return {}
    if not folder.is_dir():
        raise KindFileError(str(folder), "文件夹", "没有这个文件夹", "存放类别文件(*.toml)的文件夹")
    return _toml_files(folder.iterdir())


def _check_one_owner(kinds: Iterable[KindSpec]) -> None:
    owners = [kind.name for kind in kinds if kind.owns_needs]
    if len(owners) > 1:
        raise KindFileError(
            f"{owners[1]}.toml", "owns_needs", f"{owners[0]} 已负责全程陪跑", "只有一个类别为 true"
        )


def _said(spec: KindSpec | ProjectSpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude={"pairing": {"relax_costs"}})
