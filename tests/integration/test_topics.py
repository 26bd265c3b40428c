"""Texts are classified over HTTP and on the command line; a project is only ever given a hint."""

from __future__ import annotations

from typing import Any

from api_caller import Caller
from command_line import Run

from serving.api.topic_schemas import ClassifiedTextOut

TEXT = "用巡检无人机给海岛送生鲜,航线已获批"


def classified(client: Caller, text: str) -> ClassifiedTextOut:
    answer = client.post("/v1/industries/classify", json={"text": text})
    assert answer.status_code == 200, answer.text
    return ClassifiedTextOut.model_validate_json(answer.content)


def test_a_text_gets_industries_with_label_confidence_lines_and_words(asker: Caller) -> None:
    first = classified(asker, TEXT).industries[0]
    assert (first.industry, first.label) == ("low-altitude-economy", "低空经济")
    assert 0.5 <= first.confidence < 1
    assert "无人机" in first.words[0]
    assert first.tracks


def test_a_text_that_does_not_say_is_answered_with_nothing(asker: Caller) -> None:
    found = classified(asker, "团队三人,刚注册")
    assert (found.abstained, found.industries) == (True, [])


def test_a_text_that_is_too_long_is_refused(asker: Caller) -> None:
    answer = asker.post("/v1/industries/classify", json={"text": "海" * 2001})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def a_project(**attributes: Any) -> dict[str, Any]:
    return {
        "name": "海风投递",
        "stage": "startup",
        "attributes": {"place": {"district": "laoshan"}, **attributes},
    }


def test_a_project_without_industries_is_refused_with_a_hint(client: Caller) -> None:
    answer = client.post("/v1/projects", json=a_project(intro=TEXT))
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "invalid-input")
    assert "project.industries" in said["detail"]
    assert "low-altitude-economy(低空经济" in said["detail"]
    assert "请核对" in said["detail"]


def test_a_project_whose_text_does_not_say_is_asked_for_its_industries(client: Caller) -> None:
    said = client.post("/v1/projects", json=a_project(intro="团队三人")).json()["detail"]
    assert "project.industries" in said
    assert "可能" not in said


def test_stated_industries_are_kept_whatever_the_text_says(client: Caller) -> None:
    stated = a_project(
        intro=TEXT,
        industries=["green-energy"],
    )
    added = client.post("/v1/projects", json={**stated, "id": "p-kept"})
    assert added.status_code == 201
    kept = client.get("/v1/projects/p-kept").json()["attributes"]["industries"]
    assert kept == ["green-energy"]


def test_the_command_line_shows_the_same_suggestion(run: Run) -> None:
    ran = run("classify", TEXT)
    assert ran.code == 0
    assert "low-altitude-economy" in ran.plain
    assert "不作建议" in run("classify", "团队三人").out
