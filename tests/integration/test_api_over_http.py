from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from served_app import served

from serving.wiring import Peipao

MB = 1_048_576


@pytest.fixture(scope="module")
def address(steady: Peipao) -> Iterator[str]:
    """Address of a real server on loopback."""
    with served(steady) as at:
        yield at


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """A client that waits for the server to be up."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def _in_pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 65_536):
        yield b" " * 65_536


def test_a_ranked_list_comes_over_the_wire(http: httpx.Client) -> None:
    answer = http.get("/v1/projects/p0001/matches", params={"kind": "mentor"})
    assert answer.status_code == 200
    assert answer.json()["matches"]


@pytest.mark.parametrize("size", [MB + 1, 2 * MB, 8 * MB])
def test_a_body_over_a_megabyte_is_refused_by_its_declared_length(
    http: httpx.Client, size: int
) -> None:
    answer = http.post(
        "/v1/projects", content=b" " * size, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("size", [2 * MB, 8 * MB])
def test_a_body_over_a_megabyte_is_refused_in_pieces_too(http: httpx.Client, size: int) -> None:
    answer = http.post(
        "/v1/projects", content=_in_pieces(size), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_after_a_refused_body_the_connection_serves_on(http: httpx.Client) -> None:
    http.post("/v1/rank", content=b" " * (2 * MB), headers={"content-type": "application/json"})
    assert http.get("/healthz").status_code == 200


def test_a_body_of_exactly_a_megabyte_is_read(http: httpx.Client) -> None:
    body = b'{"kind": "mentor", "x": "' + b"a" * (MB - 27) + b'"}'
    answer = http.post("/v1/rank", content=body, headers={"content-type": "application/json"})
    assert len(body) == MB
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
