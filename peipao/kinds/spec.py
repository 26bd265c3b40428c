"""The schema language of kind files and of `project.toml`; unknown keys are refused by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from peipao.domain.values import Stance

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Cost = Annotated[float, Field(ge=0, le=1_000_000)] | Literal["never"]


class AttributeType(StrEnum):
    """How an attribute is stated and encoded."""

    CATEGORY = "category"
    MULTI = "multi"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    PLACE = "place"


class Measure(StrEnum):
    """How a need attribute is compared with a provider attribute; each gives a value in [0, 1].

    - same: 1 if the two codes are equal, else 0 (category).
    - member: 1 if the code of one side is among the codes of the other.
    - coverage: share of the need's codes that the provider has (multi).
    - taxonomy: coverage where a near code of the reference taxonomy counts by its nearness (multi).
    - text: cosine of the two texts.
    - travel: 1 at no travel time, falling to 0 at 120 minutes of the travel table (place).
    - at_most, at_least: 1 if the need's number is at most / at least the provider's number, falling
      off with the logarithm of the ratio.
    - near: 1 if the two numbers are equal, falling off with the logarithm of the ratio.
    """

    SAME = "same"
    MEMBER = "member"
    COVERAGE = "coverage"
    TAXONOMY = "taxonomy"
    TEXT = "text"
    TRAVEL = "travel"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    NEAR = "near"


class Test(StrEnum):
    """A hard test of a rule.

    - equals: the two codes are equal.
    - member: the code of one side is among the codes of the other.
    - overlaps: the two share at least one code.
    - covers: the provider has every code of the need.
    - at_most, at_least: the need's number is at most / at least the provider's number.
    - within_minutes: travel takes at most `limit` minutes.
    - one_of: the provider's code is among `values` (the need attribute is left out).
    - policy: the policy engine does not say that the project is not eligible for `policy`, or for
      the policy that the provider attribute names (the need attribute is left out). What is known
      of people counts as unknown there (docs/adr/0011).
    """

    EQUALS = "equals"
    MEMBER = "member"
    OVERLAPS = "overlaps"
    COVERS = "covers"
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    WITHIN_MINUTES = "within_minutes"
    ONE_OF = "one_of"
    POLICY = "policy"

    __test__ = False  # or pytest would take it for a class of tests wherever it is imported


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AttributeSpec(_Strict):
    """One attribute of a project, a need or a provider.

    Attributes:
        label: Chinese name shown to people.
        unit: required for `number`: `CNY`, `m2`, `hour`, `person`, `year`, `month`, `percent` ….
        values: for `category` and `multi`: the codes, or the name of a reference table
            (`industries`, `districts`, `zones`, `stages`, `teams`, `space_types`, `policies`).
        labels: code -> Chinese word, where `values` is a list.
        required: whoever enters the entity must state it.
        default_stance: what a stated need value means when its stance is not said.
        source: where the value comes from, for `peipao kinds show`.
    """

    type: AttributeType
    label: str = Field(min_length=1)
    unit: str | None = None
    values: str | tuple[str, ...] | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    required: bool = False
    default_stance: Stance = Stance.PREFER
    source: str = "登记填报"

    @model_validator(mode="after")
    def _check(self) -> AttributeSpec:
        coded = self.type in {AttributeType.CATEGORY, AttributeType.MULTI}
        if coded and self.values is None:
            raise ValueError("values 不能省略:category 与 multi 必须给出代码表")
        if not coded and self.values is not None:
            raise ValueError("values 只用于 category 与 multi")
        if self.type is AttributeType.NUMBER and not self.unit:
            raise ValueError("unit 不能省略:number 必须注明单位")
        if self.type is not AttributeType.NUMBER and self.unit:
            raise ValueError("unit 只用于 number")
        return self


class ComparisonSpec(_Strict):
    """One comparison of a need attribute with a provider attribute; a term of the margin.

    Attributes:
        name: name of the pair feature, unique in the kind.
        need: `project.<attribute>` or a need attribute of the kind.
        provider: a provider attribute.
        measure: how they are compared.
        weight: staff-set weight on the log-odds scale, >= 0; the prior before any feedback.
        label: Chinese words of the group in explanations, such as `产业契合`.
    """

    name: Name
    need: str
    provider: str
    measure: Measure
    weight: float = Field(ge=0, le=20)
    label: str = Field(min_length=1)


class RuleSpec(_Strict):
    """A hard rule; a pair that fails it does not exist.

    Attributes:
        need: `project.<attribute>` or a need attribute; None only for `one_of` and `policy`.
        test, provider: the test and the provider attribute it looks at; None only for `policy`.
        only_if_must: apply only where the need states the attribute with stance `must`.
        limit: minutes, for `within_minutes`.
        values: codes, for `one_of`.
        if_missing: `pass` or `fail` where either side has not stated the attribute; a provider
            that names no policy asks for none and passes.
        policy: id of a policy, for `policy` where all providers of the kind rest on the same.
        if_unknown: `pass` or `fail` where the policy engine cannot tell, for `policy`.
        reason: Chinese sentence shown when the rule excludes a pair.
    """

    test: Test
    provider: str | None = None
    reason: str = Field(min_length=4)
    need: str | None = None
    only_if_must: bool = False
    limit: float | None = Field(default=None, gt=0)
    values: tuple[str, ...] = ()
    if_missing: Literal["pass", "fail"] = "pass"
    policy: str | None = None
    if_unknown: Literal["pass", "fail"] | None = None

    @model_validator(mode="after")
    def _check(self) -> RuleSpec:
        if (self.test in {Test.ONE_OF, Test.POLICY}) != (self.need is None):
            raise ValueError("need 只有在 test = one_of 或 policy 时省略")
        if self.provider is None and self.test is not Test.POLICY:
            raise ValueError("provider 不能省略")
        if (self.test is Test.ONE_OF) != bool(self.values):
            raise ValueError("values 用于且只用于 test = one_of")
        if (self.test is Test.WITHIN_MINUTES) != (self.limit is not None):
            raise ValueError("limit 用于且只用于 test = within_minutes")
        self._check_policy()
        return self

    def _check_policy(self) -> None:
        asks = self.test is Test.POLICY
        if not asks and self.policy is not None:
            raise ValueError("policy 只用于 test = policy")
        if asks and (self.policy is None) == (self.provider is None):
            raise ValueError("test = policy 须写 policy 或 provider 之一,且只写一个")
        if asks != (self.if_unknown is not None):
            raise ValueError("if_unknown 用于且只用于 test = policy")
        if asks and self.if_missing == "fail":
            raise ValueError("if_missing 不用于 test = policy:未注明政策的资源方不受限")

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # a file that asks for no policy keeps the hash it had before rules could
        said: dict[str, Any] = handler(self)
        return {
            key: value
            for key, value in said.items()
            if value is not None or key not in {"policy", "if_unknown"}
        }


class QuotaSpec(_Strict):
    """A bound on the matches of everybody on one side who has one of some values.

    Attributes:
        name: its id in every round of the kind.
        side: `need` or `provider`.
        attribute: `project.<attribute>`, `project.stage` or a need attribute; a provider attribute
            for side `provider`.
        values: codes; whoever has one of them counts.
        min, max: matches of all of them together; `max` None is without limit.
    """

    name: Name
    side: Literal["need", "provider"]
    attribute: str
    values: tuple[str, ...] = Field(min_length=1)
    min: int = Field(default=0, ge=0, le=1_000_000)
    max: int | None = Field(default=None, ge=0, le=1_000_000)

    @model_validator(mode="after")
    def _check(self) -> QuotaSpec:
        if self.max is not None and self.min > self.max:
            raise ValueError("min 大于 max")
        return self


class RelaxSpec(_Strict):
    """What one unit of a limit costs that gives way in a round without a solution; staff's points.

    "never" does not give way.

    Attributes:
        place: one more place of a provider, or one match less of its minimum.
        need: one match less of a need's minimum, or one of its pins or vetoes dropped.
        quota: one more of a group's maximum, or one less of its minimum.
        district: one pair with a provider that does not serve the project's district.
    """

    place: Cost = 1.0
    need: Cost = 3.0
    quota: Cost = 2.0
    district: Cost = 2.0

    def cost(self, what: Literal["place", "need", "quota", "district"]) -> float | None:
        """Return the cost of a unit, >= 0; None if it never gives way."""
        stated: float | Literal["never"] = getattr(self, what)
        return None if stated == "never" else stated


class PairingSpec(_Strict):
    """How providers of the kind are assigned.

    Attributes:
        capacity: default places of one provider, >= 0.
        wanted: default places a need wants, >= 1.
        unmatched_penalty: affinity units, >= 0, for each place wanted that stays empty.
        waiting_penalty_per_30_days: added to it for every 30 days since the need was opened.
        reservation: a pair of lower affinity is not made, in [0, 1).
        solver: name of the entry point in `peipao.solvers`; `auto` routes by size.
        same_organisation: whether a provider may serve a project of its own organisation.
        conflicts_known: a provider whose organisation nobody has stated may not be published
            unless a named person answers for it.
        quotas: bounds on groups, in every round of the kind.
        relax_costs: by which the cheapest way out of a round without a solution is found.
    """

    capacity: int = Field(ge=0, le=100_000)
    wanted: int = Field(default=1, ge=1, le=100)
    unmatched_penalty: float = Field(default=0.05, ge=0, le=10)
    waiting_penalty_per_30_days: float = Field(default=0.01, ge=0, le=1)
    reservation: float = Field(default=0.0, ge=0, lt=1)
    solver: str = "auto"
    same_organisation: bool = False
    conflicts_known: bool = False
    quotas: tuple[QuotaSpec, ...] = ()
    relax_costs: RelaxSpec = RelaxSpec()


class KindSpec(_Strict):
    """A match kind 匹配类别, as one TOML file says it.

    Attributes:
        name: the file's stem.
        team: one of the eight support teams, ids as in `teams.yaml`.
        stages: stages whose projects get a need of this kind when they enter; empty is none.
        prior_acceptance: expected affinity of an average eligible pair before any feedback, in
            (0, 1); it sets the level of the uncalibrated scale.
        owns_needs: providers of this kind accompany projects and own their needs (专员); at most
            one kind of a catalogue says so.
    """

    name: Name
    label: str = Field(min_length=1)
    team: str
    stages: tuple[str, ...] = ()
    prior_acceptance: float = Field(default=0.3, gt=0, lt=1)
    owns_needs: bool = False
    provider: dict[Name, AttributeSpec]
    need: dict[Name, AttributeSpec] = Field(default_factory=dict)
    comparisons: tuple[ComparisonSpec, ...] = Field(min_length=1)
    rules: tuple[RuleSpec, ...] = ()
    pairing: PairingSpec


class ProjectSpec(_Strict):
    """`project.toml`: the attributes of a project, common to all kinds."""

    attributes: dict[Name, AttributeSpec]
