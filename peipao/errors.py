"""Every error that peipao raises on purpose.

Each has a stable `code` (part of the API), a Chinese `title`, and a message in Chinese that names
the place and what would be right. Errors know nothing of HTTP or exit codes; one table in
`serving/api/problems.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class PeipaoError(Exception):
    """The root of all errors raised on purpose.

    Attributes:
        code: stable, machine-readable, kebab-case.
        title: a short Chinese headline, the same for every instance of the class.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "出错"


def _listed(values: Iterable[str], limit: int = 20) -> str:
    known = sorted(values)
    more = f" 等共 {len(known)} 个" if len(known) > limit else ""
    return "、".join(known[:limit]) + more


class InvalidInputError(PeipaoError):
    """A value cannot be used where it stands."""

    code = "invalid-input"
    title = "输入有误"

    def __init__(self, where: str, problem: str, right: str = "") -> None:
        self.where, self.problem, self.right = where, problem, right
        super().__init__(f"{where}:{problem}" + (f";应为:{right}" if right else ""))


class SheetRefusedError(PeipaoError):
    """A sheet cannot be used; lists file, row and field of everything wrong, and takes nothing."""

    code = "sheet-refused"
    title = "表格有误,未写入任何内容"

    def __init__(self, problems: Iterable[str], limit: int = 20) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - limit
        listed = [*self.problems[:limit], *([f"另有 {more} 处"] if more > 0 else [])]
        super().__init__(";".join(listed))


class PreflightBlockedError(PeipaoError):
    """A round has findings that nobody has overridden."""

    code = "preflight-blocked"
    title = "预检有发现,须由专人放行"

    def __init__(self, round_id: str, findings: Iterable[str]) -> None:
        super().__init__(f"轮次 {round_id!r} 的预检发现尚未放行:{';'.join(findings)}")


class UnknownKindError(PeipaoError):
    """The catalogue has no kind of that name."""

    code = "unknown-kind"
    title = "没有这个匹配类别"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"没有匹配类别 {name!r};现有类别:{_listed(known)}")


class UnknownValueError(InvalidInputError):
    """A coded value (district, industry, stage, team …) is not in its table."""

    code = "unknown-value"
    title = "编码不在代码表中"

    def __init__(self, where: str, value: str, known: Iterable[str]) -> None:
        super().__init__(where, f"不认识的取值 {value!r}", _listed(known))


class NotFoundError(PeipaoError):
    """No stored record has that id."""

    code = "not-found"
    title = "没有这条记录"

    def __init__(self, noun: str, key: str) -> None:
        self.noun, self.key = noun, key
        super().__init__(f"没有{noun} {key!r}")


class AlreadyExistsError(PeipaoError):
    """A record of that id is there already with other content."""

    code = "already-exists"
    title = "编号已被占用"

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"{noun} {key!r} 已存在且内容不同")


class SensitiveFactError(InvalidInputError):
    """A sensitive fact about a person was put where ranking could read it."""

    code = "sensitive-fact"
    title = "敏感信息不得用于排序"


class KindFileError(PeipaoError):
    """A kind file cannot be used; names the file and the key."""

    code = "kind-file"
    title = "类别文件有误"

    def __init__(self, file: str, key: str, problem: str, right: str = "") -> None:
        self.file, self.key, self.problem, self.right = file, key, problem, right
        super().__init__(f"{file} [{key}]:{problem}" + (f";应为:{right}" if right else ""))


class ReferenceDataError(PeipaoError):
    """A reference file cannot be used; names the file, the row and the field."""

    code = "reference-data"
    title = "基础数据有误"

    def __init__(self, file: str, row: str, field: str, problem: str, right: str = "") -> None:
        self.file, self.row, self.field = file, row, field
        self.problem = problem + (f";应为:{right}" if right else "")
        super().__init__(f"{file} [{row}] {field}:{self.problem}")


class IllegalTransitionError(PeipaoError):
    """A record cannot go from its state to the one asked for."""

    code = "illegal-transition"
    title = "当前状态不允许此操作"

    def __init__(self, machine: str, key: str, now: str, to: str, allowed: Iterable[str]) -> None:
        may = _listed(allowed) or "(终态,无后续)"
        super().__init__(f"{machine} {key!r} 现为 {now},不能变为 {to};可变为:{may}")


class CapacityTakenError(PeipaoError):
    """The provider has no free place left."""

    code = "capacity-taken"
    title = "资源方名额已满"

    def __init__(self, provider_id: str) -> None:
        super().__init__(f"资源方 {provider_id!r} 的名额已满")


class DuplicateMatchError(PeipaoError):
    """The need and the provider have an active match already."""

    code = "duplicate-match"
    title = "重复对接"

    def __init__(self, need_id: str, provider_id: str) -> None:
        super().__init__(f"需求 {need_id!r} 与资源方 {provider_id!r} 已有进行中的对接")


class StaleWriteError(PeipaoError):
    """Somebody else changed the record in the meantime."""

    code = "stale-write"
    title = "记录已被他人修改"

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"{noun} {key!r} 在读取之后已被修改,请重新读取再试")


class MakerIsCheckerError(PeipaoError):
    """The person who drafted a round or stated a month cannot be the one to check it."""

    code = "maker-is-checker"
    title = "拟定人与审批人不得为同一人"

    def __init__(self, key: str, who: str, noun: str = "轮次") -> None:
        super().__init__(f"{noun} {key!r} 由 {who!r} 拟定,须由另一人审批")


class NoActiveModelError(PeipaoError):
    """No model package is active for the kind."""

    code = "no-active-model"
    title = "没有启用的模型"

    def __init__(self, kind: str) -> None:
        super().__init__(f"类别 {kind!r} 没有启用的模型包;请先运行 peipao train")


class ModelPackageError(PeipaoError):
    """A model package is broken, unsigned or does not fit; the active one stays."""

    code = "model-package"
    title = "模型包无法使用"

    def __init__(self, package: str, problem: str) -> None:
        super().__init__(f"模型包 {package}:{problem}")


class SolverFailedError(PeipaoError):
    """A solver gave no usable answer."""

    code = "solver-failed"
    title = "求解失败"


class InfeasibleError(PeipaoError):
    """Pins or bounds cannot all be met; names the clash."""

    code = "infeasible"
    title = "无可行解"


class CheckFailedError(PeipaoError):
    """The independent checker refuses an assignment."""

    code = "check-failed"
    title = "独立校验未通过"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(";".join(self.problems))


class DatabaseNotReadyError(PeipaoError):
    """The database is missing, older than the code, or cannot be reached."""

    code = "database-not-ready"
    title = "数据库未就绪"


class LedgerBrokenError(PeipaoError):
    """The hash chain of the ledger does not hold."""

    code = "ledger-broken"
    title = "台账校验失败"

    def __init__(self, sequence: int, problem: str) -> None:
        self.sequence, self.problem = sequence, problem
        super().__init__(f"台账第 {sequence} 条{problem}")


class BackupError(PeipaoError):
    """A backup cannot be used: it is damaged, of another revision, or its place is not empty."""

    code = "backup-unusable"
    title = "备份不能使用"


class SealedFactError(PeipaoError):
    """A sensitive fact cannot be sealed or unsealed: its key is missing, or it was changed."""

    code = "sealed-fact"
    title = "敏感信息无法加密或解密"

    def __init__(self, problem: str) -> None:
        super().__init__(f"敏感信息无法加密或解密:{problem}")


class UnauthenticatedError(PeipaoError):
    """No valid key came with the call."""

    code = "unauthenticated"
    title = "缺少或无效的密钥"


class ForbiddenError(PeipaoError):
    """The key lacks the scope."""

    code = "forbidden"
    title = "密钥权限不足"

    def __init__(self, scope: str) -> None:
        super().__init__(f"此操作需要权限 {scope}")


class UnsafeBindError(PeipaoError):
    """The service would listen beyond loopback without any key."""

    code = "unsafe-bind"
    title = "拒绝无密钥的对外监听"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"拒绝在 {host} 上监听:尚未建立任何密钥;请先运行 peipao keys create,或只监听 127.0.0.1"
        )


class BodyTooLargeError(PeipaoError):
    """The request body is larger than the limit."""

    code = "body-too-large"
    title = "请求体过大"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"请求体超过 {limit_bytes} 字节的上限")


class MalformedBodyError(InvalidInputError):
    """The request body is no JSON that every reader understands alike; names the place."""

    code = "malformed-body"
    title = "请求体不是合格的 JSON"


class UnsupportedMediaTypeError(PeipaoError):
    """The request body is not declared as JSON."""

    code = "unsupported-media-type"
    title = "请求体类型不受支持"

    def __init__(self) -> None:
        super().__init__("请求体的 Content-Type 应为 application/json")


class TooManyFailuresError(PeipaoError):
    """Too many calls with a wrong key came from one place."""

    code = "too-many-failures"
    title = "密钥错误次数过多"

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"密钥错误次数过多,请在 {wait_s} 秒后再试")


class SettingsError(PeipaoError):
    """A setting cannot be used; names its key."""

    code = "settings"
    title = "配置有误"


class KeyReusedError(PeipaoError):
    """An idempotency key was sent again with something else."""

    code = "key-reused"
    title = "幂等键已用于另一项请求"

    def __init__(self, key: str) -> None:
        super().__init__(f"幂等键 {key!r} 此前用于内容不同的请求;请换一个新的键")


class NeedFilledError(PeipaoError):
    """A need has all the places it wants, or waits no more."""

    code = "need-filled"
    title = "需求已无空缺"

    def __init__(self, key: str, state: str) -> None:
        super().__init__(f"需求 {key!r} 没有待填补的名额(状态:{state})")


class NotEligibleError(PeipaoError):
    """A pair must not be made; the message gives the reason."""

    code = "not-eligible"
    title = "不符合准入条件"

    def __init__(self, need: str, provider: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"需求 {need!r} 与资源方 {provider!r} 不能对接:{reason}")


class NobodyFreeError(PeipaoError):
    """Nobody who is eligible for a need has a free place."""

    code = "nobody-free"
    title = "暂无空闲的合格资源方"

    def __init__(self, need: str) -> None:
        super().__init__(f"需求 {need!r} 暂无空闲且符合条件的资源方,继续等候下一轮")


class AlreadyAnsweredError(PeipaoError):
    """A side has answered an offer already, and otherwise."""

    code = "already-answered"
    title = "已经答复过"

    def __init__(self, match: str, side: str) -> None:
        super().__init__(f"对接 {match!r} 的{side}已作出另一答复;如需更改请联系专员")


class AnswerTooLateError(PeipaoError):
    """The time to answer an offer is over."""

    code = "answer-too-late"
    title = "答复期限已过"

    def __init__(self, match: str, until: str) -> None:
        super().__init__(f"对接 {match!r} 的答复期限 {until} 已过,推荐已顺延给下一位候补")


class TooManyCallsError(PeipaoError):
    """A link is used more often than a person would."""

    code = "too-many-calls"
    title = "操作过于频繁"

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(f"操作过于频繁,请 {wait_s} 秒后再试")


class MonthClosedError(PeipaoError):
    """The books of a month are closed; only a restatement changes them."""

    code = "month-closed"
    title = "该月已结账"

    def __init__(self, month: str) -> None:
        super().__init__(f"{month} 已结账;如需更正,请用重述并写明原因")


class UndeliverableError(PeipaoError):
    """A notice did not get through a channel.

    Attributes:
        problem: code of what happened, such as `timeout`.
        final: trying again would not help.
    """

    code = "undeliverable"
    title = "通知未送达"

    def __init__(self, problem: str, *, final: bool) -> None:
        self.problem, self.final = problem, final
        super().__init__(f"通知未送达:{problem}")


class CallClosedError(PeipaoError):
    """A call takes no bids or marks any more."""

    code = "call-closed"
    title = "榜单已截止"

    def __init__(self, call: str) -> None:
        super().__init__(f"榜单 {call!r} 已截止,不再接受揭榜、撤回或评分")


class TooManySolvesError(PeipaoError):
    """As many instances are being solved in the background as this service allows."""

    code = "too-many-solves"
    title = "求解任务已满"

    def __init__(self, most: int) -> None:
        super().__init__(f"已有 {most} 个求解任务在运行,请等其完成或取消后再试")
