from __future__ import annotations

import asyncio
import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from peipao.errors import (
    ForbiddenError,
    InvalidInputError,
    PeipaoError,
    TooManyFailuresError,
    UnauthenticatedError,
    UnknownKindError,
)
from serving.api.problems import (
    STATUS,
    Problem,
    all_errors,
    handle_validation_error,
    problem_response,
)

REQUEST = Request({"type": "http", "method": "GET", "path": "/", "headers": []})


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.code)
def test_every_error_of_ours_has_a_status_and_a_headline_of_its_own(
    error: type[PeipaoError],
) -> None:
    assert 400 <= STATUS[error] < 600
    assert error.code != PeipaoError.code
    assert error.title != PeipaoError.title


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in all_errors()]
    assert sorted(codes) == sorted(set(codes))


def test_a_problem_names_the_place_and_what_would_be_right() -> None:
    answer = problem_response(InvalidInputError("project.district", "不认识", "shinan"))
    found = Problem.model_validate_json(bytes(answer.body))
    assert answer.media_type == "application/problem+json"
    assert (answer.status_code, found.code) == (422, "invalid-input")
    assert found.errors[0].model_dump() == {
        "where": "project.district",
        "detail": "不认识;应为:shinan",
    }


def test_a_problem_with_text_that_is_no_unicode_is_still_json() -> None:
    answer = problem_response(UnknownKindError("\ud800", ["mentor"]))
    assert answer.status_code == 404
    assert "mentor" in json.loads(bytes(answer.body))["detail"]


def test_the_answers_to_wrong_keys_say_what_the_client_can_do() -> None:
    assert problem_response(UnauthenticatedError("x")).headers["www-authenticate"] == "Bearer"
    assert problem_response(TooManyFailuresError(42)).headers["retry-after"] == "42"
    assert "rank" in bytes(problem_response(ForbiddenError("rank")).body).decode()


def test_a_request_of_the_wrong_shape_is_answered_without_repeating_it() -> None:
    issue = {
        "type": "string_too_long",
        "loc": ("body", "attributes", "a/b", 0),
        "msg": "x",
        "input": "秘密",
        "ctx": {"max_length": 64},
    }
    answer = asyncio.run(handle_validation_error(REQUEST, RequestValidationError([issue])))
    text = bytes(answer.body).decode()
    assert "秘密" not in text
    assert Problem.model_validate_json(text).errors[0].model_dump() == {
        "where": "#/attributes/a~1b/0",
        "detail": "文本过长(max_length = 64)",
    }
