from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from api_caller import Caller
from trained_city import Wired

from peipao.errors import ModelPackageError
from serving.api.app import create_app
from serving.wiring import Peipao

RANKED = "/v1/projects/p0001/matches?kind=mentor"


def test_the_process_answers_before_anything_is_there(tmp_path: Path, wired: Wired) -> None:
    caller = Caller(create_app(wired(tmp_path / "empty")))
    assert caller.get("/healthz").json() == {"status": "ok"}
    ready = caller.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert "peipao db migrate" in ready.json()["missing"][0]
    refused = caller.get(RANKED)
    assert (refused.status_code, refused.json()["code"]) == (503, "database-not-ready")
    assert refused.headers["retry-after"] == "5"


def test_it_is_not_ready_without_a_model(tmp_path: Path, wired: Wired) -> None:
    peipao = wired(tmp_path / "fresh")
    peipao.store.migrate()
    ready = Caller(create_app(peipao)).get("/readyz")
    assert (ready.status_code, ready.json()["models"]) == (503, {})
    assert "peipao train" in ready.json()["missing"][0]


def test_it_is_ready_with_a_verified_model(asker: Caller) -> None:
    ready = asker.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "missing": [],
        "models": {"mentor": "mentor-0001", "service_officer": "service_officer-0001"},
    }


@pytest.mark.parametrize("file", ["manifest.json", "arrays.npz", "policy.json", "features.json"])
def test_a_package_with_one_changed_byte_is_not_served(home: Path, wired: Wired, file: str) -> None:
    path = home / "packages" / "mentor-0001" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    caller = Caller(create_app(wired(home)))
    refused = caller.get(RANKED)
    assert (refused.status_code, refused.json()["code"]) == (503, "model-package")
    ready = caller.get("/readyz").json()
    assert ready["models"] == {"service_officer": "service_officer-0001"}
    assert "mentor-0001" in ready["missing"][0]


def test_a_package_that_breaks_while_it_is_served_stays_served(client: Caller, home: Path) -> None:
    before = client.get(RANKED).json()
    shutil.rmtree(home / "packages" / "mentor-0001")
    assert client.get(RANKED).json() == before


def test_a_broken_package_is_not_activated_and_the_active_one_stays(
    peipao: Peipao, home: Path
) -> None:
    packages = home / "packages"
    shutil.copytree(packages / "mentor-0001", packages / "mentor-0002")
    with peipao.store.transaction(who="tests", why="伪造版本") as tx:
        tx.models.add(dataclasses.replace(tx.models.get("mentor-0001"), version="mentor-0002"))
    with pytest.raises(ModelPackageError, match="mentor-0001"):
        peipao.activate_model("mentor-0002", by="tests")
    assert Caller(create_app(peipao)).get(RANKED).json()["model_version"] == "mentor-0001"


def test_a_package_signed_by_somebody_else_is_refused(home: Path, wired: Wired) -> None:
    (home / "signing.key").write_text("00" * 32)
    refused = Caller(create_app(wired(home))).get(RANKED)
    assert (refused.status_code, refused.json()["code"]) == (503, "model-package")


def test_the_figures_count_by_route_and_never_by_id(client: Caller) -> None:
    client.get(RANKED)
    client.get("/v1/projects/nobody/matches?kind=mentor")
    client.get("/v1/no/such/place")
    page = client.get("/metrics")
    line = 'peipao_http_requests_total{method="GET",route="/v1/projects/{project_id}/matches",'
    assert page.headers["content-type"].startswith("text/plain")
    assert f'{line}status="200"}} 1.0' in page.text
    assert f'{line}status="404"}} 1.0' in page.text
    assert 'route="none",status="404"} 1.0' in page.text
    assert 'peipao_model{kind="mentor",version="mentor-0001"} 1.0' in page.text
    assert "nobody" not in page.text
    assert "p0001" not in page.text


def test_a_defect_of_ours_is_a_problem_and_a_log_line_without_particulars(
    peipao: Peipao, client: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with peipao.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE projects SET attributes = 'broken' WHERE id = 'p0001'")
    answer = client.get(RANKED)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert '"error": "JSONDecodeError"' in caplog.text
    assert '"route": "/v1/projects/{project_id}/matches"' in caplog.text
    assert "broken" not in answer.text + caplog.text
    assert "p0001" not in answer.text + caplog.text


def test_the_notice_bears_the_version_that_every_answer_names(asker: Caller) -> None:
    notice = asker.get("/v1/algorithm-notice").json()
    assert notice["version"] == asker.get(RANKED).json()["notice_version"]
    assert notice["inputs"]
    assert notice["not_used"]
    assert notice["review"]


def test_a_kind_says_what_it_declares_with_unit_and_source(asker: Caller) -> None:
    kinds = {one["name"]: one for one in asker.get("/v1/kinds").json()}
    assert len(kinds) == 9
    assert (kinds["mentor"]["model_version"], kinds["investor"]["model_version"]) == (
        "mentor-0001",
        None,
    )
    shown = asker.get("/v1/kinds/mentor").json()
    years = next(row for row in shown["attributes"] if row["name"] == "years")
    assert (years["side"], years["unit"], years["source"]) == ("provider", "年", "导师登记表")
