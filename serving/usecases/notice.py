"""The public notice of the algorithm: what it does, on what, and how people stay in charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from peipao.canonical import sha256_json

TITLE: Final = "陪跑服务匹配算法公示"
PURPOSE: Final = "为创业项目推荐并配对服务专员、导师等资源方,供工作人员决定;结果不自动生效。"
INPUTS: Final = (
    "项目登记的产业、阶段、位置、简介与诉求",
    "资源方登记的领域、位置、简介、服务范围与名额",
    "以往推荐的反馈(接受、谢绝、见面、评分);没有反馈时只用登记信息",
)
NOT_USED: Final = (
    "残疾、就业困难、民族、宗教、健康、性别、年龄、户籍、联系方式等个人敏感信息不参与排序",
)
OBJECTIVE: Final = (
    "在名额之内使全部配对的匹配度之和最大,并计入等候时间;总分相同时按公布的种子摇号决定"
)
CONSTRAINTS: Final = (
    "类别规则(每条排除都注明原因)、服务区域、有效期、暂停与回避",
    "一名资源方至多接受其名额数的项目,一个需求至多得到其申请的名额",
)
REVIEW: Final = (
    "每轮撮合先出草案,经独立程序校验,由拟定人以外的另一人审批后才发布;可撤回,全部操作入台账",
    "未配对的需求注明等候位次与原因,或转服务专员;项目可要求人工复核",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in the words people read.

    Attributes:
        version: changes with every word of it; each ranked answer names it.
        filing_no: number of the algorithm filing; None where there is none.
    """

    version: str
    title: str
    purpose: str
    inputs: tuple[str, ...]
    not_used: tuple[str, ...]
    objective: str
    constraints: tuple[str, ...]
    review: tuple[str, ...]
    filing_no: str | None = None


def write_notice(filing_no: str | None = None) -> Notice:
    """Return the notice; equal words have equal versions."""
    words = (TITLE, PURPOSE, INPUTS, NOT_USED, OBJECTIVE, CONSTRAINTS, REVIEW)
    version = f"notice-{sha256_json([words, filing_no])[:12]}"
    return Notice(version, *words, filing_no)
