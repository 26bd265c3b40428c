from __future__ import annotations

from pathlib import Path

from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from peipao.config import Settings
from serving.wiring import wire


def test_linear_algebra_has_one_thread_once_the_service_is_wired(tmp_path: Path) -> None:
    threadpool_limits(2, user_api="blas")
    wire(Settings(home=tmp_path / "home")).close()
    threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert threads
    assert set(threads) == {1}
