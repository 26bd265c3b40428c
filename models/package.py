"""The model package: all that ranking a request needs, in numpy and the standard library alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Scores, pairs_where
from models.calibrate import Calibration
from models.canaries import Canary, Vocabulary, answer, pick_canaries
from models.doubt_parts import doubt_from_parts, doubt_to_parts
from models.explain import all_sentences
from models.latent import PreparedProviders, Providers
from models.margin import Contributions, MarginModel
from models.package_files import MAX_BYTES, PackageFiles, read_files, write_files
from models.package_parts import margin_from_parts, margin_to_parts
from models.shortlist import Threshold
from models.text_lift import TextLift
from models.told import told, told_at
from models.uncertainty import Uncertainty
from peipao.errors import InvalidInputError, ModelPackageError
from peipao.tables.indicators import IndicatorTable
from peipao.tables.pairs import AffinityTable, PairTable
from peipao.tables.profiles import IntArray

__all__ = ["MAX_BYTES", "ModelPackage", "read_package", "write_package"]

PAIRS_AT_ONCE = 1 << 16
"""So many pairs are scored in one go."""


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A fitted, versioned, self-contained model of one kind.

    Attributes:
        version: such as `mentor-0003`.
        kind: name of the match kind.
        created_at: when, ISO 8601 text.
        seed: of the training.
        schema_json, schema_hash: the frozen feature schema and its hash, opaque to models.
        need_names, provider_names: the frozen indicator names.
        margin_model: the margin as a sum of columns.
        calibration: margin to affinity.
        uncertainty: of the affinity; None where nobody has asked how sure it is.
        shortlist: thresholds of the conformal shortlists; empty without feedback.
        facts: JSON values for the manifest: training data hash, counts, metrics, threads.
        canaries: requests with their exact scores.
    """

    version: str
    kind: str
    created_at: str
    seed: int
    schema_json: str
    schema_hash: str
    need_names: tuple[str, ...]
    provider_names: tuple[str, ...]
    margin_model: MarginModel
    calibration: Calibration = field(default_factory=Calibration)
    uncertainty: Uncertainty | None = None
    shortlist: tuple[Threshold, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    canaries: tuple[Canary, ...] = ()

    def check_schema(self, schema_hash: str) -> None:
        """Refuse profiles encoded with another schema.

        Raises:
            ModelPackageError: the hash is not that of the package.
        """
        if schema_hash != self.schema_hash:
            raise ModelPackageError(
                self.version,
                f"特征口径 {schema_hash[:12]} 与模型包的 {self.schema_hash[:12]} 不同",
            )

    def prepared(self, providers: IndicatorTable) -> PreparedProviders:
        """Return providers as this package sees them; scores do not change by it in any bit."""
        return self.margin_model.prepared(providers)

    def score(self, pairs: PairTable, needs: IndicatorTable, providers: Providers) -> AffinityTable:
        """Return margin and affinity of each pair.

        A need or provider the package has never seen is scored by its features alone.

        Raises:
            InvalidInputError: comparisons or indicators are not those of training.
        """
        margin, affinity = self._numbers(pairs, needs, providers)
        return AffinityTable(
            need_ids=pairs.need_ids,
            provider_ids=pairs.provider_ids,
            need=pairs.need,
            provider=pairs.provider,
            margin=margin,
            affinity=affinity,
            calibrated=self.calibration.calibrated,
            model_version=self.version,
        )

    def told(self, pairs: PairTable, needs: IndicatorTable, providers: Providers) -> ModelPackage:
        """Return the package with what it learnt of these pairs at hand, to be asked for them.

        It answers the same to the last bit. Of very many pairs nothing is kept, and it is itself.
        """
        if len(pairs.need) > PAIRS_AT_ONCE:
            return self
        return replace(self, margin_model=told(self.margin_model, needs, providers, pairs))

    def told_at(self, rows: IntArray) -> ModelPackage:
        """Return a told package to be asked for some of its pairs, in the order of the rows."""
        return replace(self, margin_model=told_at(self.margin_model, rows))

    def intervals(
        self, pairs: PairTable, needs: IndicatorTable, providers: Providers
    ) -> list[tuple[float, float] | None]:
        """Return where the mean chance of pairs like each of these lies, with `LEVEL`.

        It is no bound on the chance of one pair; see `models.uncertainty`.
        """
        if self.uncertainty is None or not len(pairs.need):
            return [None] * len(pairs.need)
        columns = self.margin_model.columns(needs, providers, pairs)
        margin = self.margin_model.base + self.margin_model.all_weights() @ columns
        low, high = self.uncertainty.interval(columns, margin, self.calibration)
        return list(zip(low.tolist(), high.tolist(), strict=True))

    def contributions(
        self, pairs: PairTable, needs: IndicatorTable, providers: Providers
    ) -> Contributions:
        """Return what each group of facts adds to the margin, in Chinese words."""
        return self.margin_model.contributions(needs, providers, pairs)

    def reasons(
        self,
        pairs: PairTable,
        needs: IndicatorTable,
        providers: Providers,
        details: Sequence[Mapping[str, str]] | None = None,
        limit: int = 3,
    ) -> list[tuple[str, ...]]:
        """Return Chinese sentences for each pair, strongest first.

        Args:
            pairs: the pairs to explain, in any order.
            needs: indicators of the needs.
            providers: indicators of the providers.
            details: one mapping a pair from a group's label to what is behind it.
            limit: reasons in favour a pair at most.
        """
        found = self.contributions(pairs, needs, providers)
        return all_sentences(found, details, limit)

    def with_canaries(
        self, pairs: PairTable, needs: IndicatorTable, providers: IndicatorTable
    ) -> ModelPackage:
        """Return the package with up to 50 of these pairs as its canaries."""
        return replace(self, canaries=pick_canaries(pairs, needs, providers, self._numbers))

    def check_canaries(self) -> None:
        """Score the stored requests again.

        Raises:
            ModelPackageError: any score differs in its sixth decimal.
        """
        model = self.margin_model
        n_terms = next((len(c.cells) for c in model.learnt if isinstance(c, TextLift)), 0)
        vocabulary = Vocabulary(model.names, self.need_names, self.provider_names, n_terms)
        found = answer(self.canaries, vocabulary, self._numbers)
        wrong = sum(
            got != (c.margin, c.affinity) for got, c in zip(found, self.canaries, strict=True)
        )
        if wrong:
            raise ModelPackageError(
                self.version, f"{wrong} 条自检请求的得分与清单不符(共 {len(self.canaries)} 条)"
            )

    def _numbers(
        self, pairs: PairTable, needs: IndicatorTable, providers: Providers
    ) -> tuple[Scores, Scores]:
        # The columns of half a million pairs at once would take more than all else together.
        blocks = range(0, max(len(pairs.need), 1), PAIRS_AT_ONCE)
        parts = (pairs_where(pairs, slice(first, first + PAIRS_AT_ONCE)) for first in blocks)
        margin = np.concatenate([self.margin_model.score(needs, providers, one) for one in parts])
        return margin, self.calibration.apply(margin)


def write_package(package: ModelPackage, folder: Path, key: bytes | None) -> None:
    """Write a package folder in one step, signed.

    Args:
        package: what to write.
        folder: must not exist yet.
        key: HMAC-SHA256 key; None leaves the package unsigned, with a checksum only.

    Raises:
        ModelPackageError: the folder exists.
        ValueError: a weight or metric is not finite.
    """
    write_files(_to_files(package), folder, key)


def read_package(folder: Path, key: bytes | None, max_bytes: int = MAX_BYTES) -> ModelPackage:
    """Return the package of a folder after every check; nothing of it is ever executed.

    Args:
        folder: a folder that `write_package` made.
        key: the key it was signed with; with a key an unsigned package is refused, and without
            one a signed package is.
        max_bytes: all files together.

    Raises:
        ModelPackageError: names what is wrong; no part of the package is then in use.
    """
    files = read_files(folder, key, max_bytes)
    try:
        package = _from_files(files)
        package.check_canaries()
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ModelPackageError(folder.name, f"内容不完整或类型有误({error!r})") from error
    except InvalidInputError as error:
        raise ModelPackageError(folder.name, str(error)) from error
    return package


def _to_files(package: ModelPackage) -> PackageFiles:
    arrays, policy = margin_to_parts(package.margin_model, package.calibration)
    policy |= doubt_to_parts(package.uncertainty, package.shortlist)
    features = {
        "schema": package.schema_json,
        "schema_hash": package.schema_hash,
        "need_names": list(package.need_names),
        "provider_names": list(package.provider_names),
    }
    manifest = {
        "version": package.version,
        "kind": package.kind,
        "created_at": package.created_at,
        "seed": package.seed,
        "facts": package.facts,
        "canaries": [canary.to_json() for canary in package.canaries],
    }
    return PackageFiles(arrays, features, policy, manifest)


def _from_files(files: PackageFiles) -> ModelPackage:
    manifest, features = files.manifest, files.features
    need_names = tuple(str(name) for name in features["need_names"])
    provider_names = tuple(str(name) for name in features["provider_names"])
    version = str(manifest["version"])
    margin_model, calibration = margin_from_parts(
        version, files.arrays, files.policy, need_names, provider_names
    )
    uncertainty, shortlist = doubt_from_parts(
        version, files.policy, len(margin_model.names) + len(margin_model.learnt_names)
    )
    return ModelPackage(
        version=version,
        kind=str(manifest["kind"]),
        created_at=str(manifest["created_at"]),
        seed=int(manifest["seed"]),
        schema_json=str(features["schema"]),
        schema_hash=str(features["schema_hash"]),
        need_names=need_names,
        provider_names=provider_names,
        margin_model=margin_model,
        calibration=calibration,
        uncertainty=uncertainty,
        shortlist=shortlist,
        facts=manifest["facts"],
        canaries=tuple(Canary.from_json(stored) for stored in manifest["canaries"]),
    )
