"""The providers' side of a margin, weights folded in: what blocks of whole lists are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.alignment import rows_of
from models.choice import Choice
from models.columns import Columns
from models.latent import LatentFactors, PreparedProviders
from models.lifts import Lifts
from models.margin import MarginModel
from models.standing import Standing
from peipao.errors import InvalidInputError
from peipao.tables.factors import ProviderFactor
from peipao.tables.postings import Postings
from peipao.tables.profiles import FloatArray, IntArray, TextArray

Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Apart:
    """Learnt columns that are no table.

    Attributes:
        columns: are evaluated block by block.
        weights: float64 (n_columns,).
        rows: int32 (n_providers,), the row of each provider among those of the columns, or -1;
            None where they are the same.
    """

    columns: Columns
    weights: FloatArray
    rows: IntArray | None

    def spread(self, values: FloatArray) -> FloatArray:
        """Return the columns of `values`, one a known provider, for all providers asked for."""
        if self.rows is None:
            return values
        return np.where(self.rows >= 0, values[:, np.maximum(self.rows, 0)], 0.0)


@dataclass(frozen=True, slots=True)
class MarginTables:
    """The providers' side of a margin, weights folded in; worth keeping like the providers.

    Attributes:
        model: the margin.
        providers: prepared by the model.
        factors: their side of the comparisons.
        constant: float32 (n_providers,), what all needs see alike.
        by_share: float32 (n_features + n_attributes, n_providers), for the needs' shares; None
            likewise.
        by_factor: float32 (n_features + n_attributes, n_factors) and (n_factors, n_providers), the
            latent factors of both sides; None where the model has none.
        by_value: float32 (k, n_providers), for the needs' side of the comparisons, one after the
            other, each followed by a row for whether the need is known.
        apart: its learnt columns that are none of these.
        texts: sparse vectors of the providers that comparisons share, each with those comparisons.
    """

    model: MarginModel
    providers: PreparedProviders
    factors: tuple[ProviderFactor, ...]
    constant: Float32Array
    by_share: Float32Array | None
    by_factor: tuple[Float32Array, Float32Array] | None
    by_value: Float32Array
    apart: tuple[Apart, ...]
    texts: tuple[tuple[Postings, tuple[int, ...]], ...]


def margin_tables(
    model: MarginModel, providers: PreparedProviders, factors: Sequence[ProviderFactor]
) -> MarginTables:
    """Return the providers' side of a margin.

    Args:
        model: the margin.
        providers: prepared by it.
        factors: the same providers' side of its comparisons, in its order.

    Raises:
        InvalidInputError: there are not as many comparisons as the model has.
    """
    check_number(len(factors), model)
    constant = np.full(len(providers.ids), model.base)
    by_share, by_factor, apart = None, None, []
    for columns, weights in model.weighed():
        one = Apart(columns, weights, _rows(providers.ids, columns.provider_ids))
        if isinstance(columns, Standing):
            constant += one.spread((weights @ columns.values)[None, :])[0]
        elif isinstance(columns, Lifts | Choice):
            told = one.spread(_folded(columns, weights))
            by_share = told if by_share is None else by_share + told
        elif isinstance(columns, LatentFactors):
            right = columns.provider_side(providers)
            constant += weights[0] * right[:, -1]
            by_factor = _single(columns.need_factors), _single(weights[0] * right[:, :-1].T)
        else:
            apart.append(one)
    return MarginTables(
        model=model,
        providers=providers,
        factors=tuple(factors),
        constant=_single(constant),
        by_share=None if by_share is None else _single(by_share),
        by_factor=by_factor,
        by_value=_by_value(model, factors, len(constant)),
        apart=tuple(apart),
        texts=_texts(factors),
    )


def _folded(columns: Lifts | Choice, weights: FloatArray) -> FloatArray:
    if isinstance(columns, Choice):
        return np.asarray(weights[0] * columns.values)
    slots = columns.slots
    return np.asarray(np.where(slots >= 0, weights[slots], 0.0)[:, None] * columns.values)


def _single(values: FloatArray) -> Float32Array:
    return np.ascontiguousarray(values, dtype=np.float32)


def _by_value(
    model: MarginModel, factors: Sequence[ProviderFactor], n_providers: int
) -> Float32Array:
    rows: list[FloatArray] = [np.zeros((0, n_providers))]
    for weight, neutral, factor in zip(model.weights, model.neutral, factors, strict=True):
        if isinstance(factor.right, np.ndarray):
            rows.append(weight * factor.right)
        rows.append(-weight * neutral * factor.known[None, :])
    return _single(np.concatenate(rows))


def _texts(
    factors: Sequence[ProviderFactor],
) -> tuple[tuple[Postings, tuple[int, ...]], ...]:
    shared: dict[int, tuple[Postings, tuple[int, ...]]] = {}
    for at, factor in enumerate(factors):
        if isinstance(factor.right, Postings):
            found = shared.get(id(factor.right), (factor.right, ()))
            shared[id(factor.right)] = found[0], (*found[1], at)
    return tuple(shared.values())


def _rows(ids: TextArray, known: TextArray) -> IntArray | None:
    return None if np.array_equal(ids, known) else rows_of(ids, known)


def check_number(found: int, model: MarginModel) -> None:
    """Refuse another number of comparisons than the model has.

    Raises:
        InvalidInputError: it is another.
    """
    if found != len(model.names):
        raise InvalidInputError("比较项", "与模型训练时不一致", "、".join(model.names))
