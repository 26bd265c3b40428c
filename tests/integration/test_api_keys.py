from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from api_caller import Caller
from trained_city import Wired

from peipao.errors import InvalidInputError, UnsafeBindError
from serving.api.app import create_app
from serving.api.auth import ensure_safe_bind, is_loopback
from serving.usecases.keys import key_id, key_text
from serving.wiring import Peipao

RANKED = "/v1/projects/p0001/matches?kind=mentor"


def test_while_there_is_no_key_only_this_machine_is_served(peipao: Peipao) -> None:
    app = create_app(peipao)
    assert Caller(app).get(RANKED).status_code == 200
    assert Caller(app, address="::1").get(RANKED).status_code == 200
    refused = Caller(app, address="10.0.0.9").get(RANKED)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_a_foreign_name_for_this_machine_is_not_this_machine(peipao: Peipao) -> None:
    assert Caller(create_app(peipao), host="evil.example").get(RANKED).status_code == 401


def test_once_a_key_exists_every_call_needs_one(peipao: Peipao) -> None:
    app = create_app(peipao)
    text = peipao.keys("门户", ["rank"], by="tests").text
    assert Caller(app).get(RANKED).status_code == 401
    assert Caller(app, address="10.0.0.9", key=text).get(RANKED).status_code == 200


def test_a_key_opens_what_its_scopes_name_and_nothing_else(peipao: Peipao) -> None:
    caller = Caller(create_app(peipao), key=peipao.keys("只读", ["read"], by="tests").text)
    assert caller.get("/v1/projects/p0001").status_code == 200
    for path, scope in (
        (RANKED, "rank"),
        ("/v1/needs/n-p0001-mentor/matches", "rank"),
        ("/metrics", "metrics"),
    ):
        refused = caller.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert scope in refused.json()["detail"]
    for path in ("projects", "needs", "providers", "rank", "feedback", "rounds"):
        assert caller.post(f"/v1/{path}", json={}).status_code in {403, 422}


def test_every_route_but_the_open_ones_asks_who_calls(peipao: Peipao) -> None:
    app = create_app(peipao)
    peipao.keys("门户", ["rank"], by="tests")
    stranger = Caller(app)
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            status = stranger.request(
                method.upper(), path.replace("{", "").replace("}", "")
            ).status_code
            assert (status == 401) != (path in {"/healthz", "/readyz"}), (method, path)


def test_a_key_ends_on_its_day_and_can_be_revoked_before(
    home: Path, peipao: Peipao, wired: Wired
) -> None:
    made = peipao.keys("短期", ["rank"], days=1, by="tests")
    peipao.keys("长期", ["rank"], days=365, by="tests")
    later = wired(home, at=peipao.clock.now() + dt.timedelta(days=1))
    assert Caller(create_app(later), key=made.text).get(RANKED).status_code == 401
    assert Caller(create_app(peipao), key=made.text).get(RANKED).status_code == 200
    peipao.keys.revoke(made.key.id, by="tests")
    assert Caller(create_app(peipao), key=made.text).get(RANKED).status_code == 401


def test_when_the_last_key_has_ended_nothing_opens_by_itself(
    home: Path, peipao: Peipao, wired: Wired
) -> None:
    peipao.keys("短期", ["rank"], days=1, by="tests")
    later = wired(home, at=peipao.clock.now() + dt.timedelta(days=2))
    assert not later.keys.any_valid()
    assert Caller(create_app(later)).get(RANKED).status_code == 401


@pytest.mark.parametrize(
    "text",
    ["", "pp_", "Bearer", "pp_abcdefgh_" + "0" * 72, "pp_abcdefgh_" + "0" * 64, "x" * 4096],
)
def test_a_malformed_key_is_refused_without_asking_the_database(text: str) -> None:
    assert key_id(text) is None


def test_one_wrong_character_of_a_key_is_noticed(peipao: Peipao) -> None:
    text = peipao.keys("门户", ["rank"], by="tests").text
    swapped = text[:-20] + ("1" if text[-20] != "1" else "2") + text[-19:]
    assert key_id(text) is not None
    assert key_id(swapped) is None
    other = key_text(b"\x00" * 40)
    app = create_app(peipao)
    assert [Caller(app, key=key).get(RANKED).status_code for key in (text, swapped, other)] == [
        200,
        401,
        401,
    ]


def test_a_key_is_stored_as_a_hash_alone(peipao: Peipao, home: Path) -> None:
    text = peipao.keys("门户", ["rank"], by="tests").text
    peipao.close()
    stored = b"".join(path.read_bytes() for path in home.glob("peipao.db*"))
    assert text.split("_")[2][:64].encode() not in stored


def test_ten_wrong_keys_a_minute_are_enough(peipao: Peipao) -> None:
    good = peipao.keys("门户", ["rank"], by="tests").text
    app = create_app(peipao)
    guess = Caller(app, key="pp_" + good.split("_")[1] + "_" + "0" * 72)
    statuses = [guess.get(RANKED).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert guess.get(RANKED).headers["retry-after"].isdigit()
    assert Caller(app, key=good).get(RANKED).status_code == 200


def test_who_writes_stands_in_the_ledger_by_the_key(peipao: Peipao) -> None:
    made = peipao.keys("登记", ["write"], by="tests")
    body = {
        "id": "k-1",
        "name": "项目",
        "stage": "seed",
        "attributes": {"industries": ["marine"], "district": "laoshan"},
    }
    assert Caller(create_app(peipao), key=made.text).post("/v1/projects", json=body).is_success
    with peipao.store.reading() as tx:
        assert [line.who for line in tx.ledger.about("project:k-1")] == [f"key:{made.key.id}"]


@pytest.mark.parametrize(
    ("scopes", "days"), [([], 30), (["root"], 30), (["rank"], 0), (["rank"], 366)]
)
def test_a_key_without_end_or_with_unknown_powers_is_not_made(
    steady: Peipao, scopes: list[str], days: int
) -> None:
    with pytest.raises(InvalidInputError):
        steady.keys("门户", scopes, days=days, by="tests")


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104  what must be refused
        ("::", False),
        ("192.168.1.4", False),
        ("::ffff:10.0.0.1", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_the_service_listens_beyond_this_machine_only_with_keys(host: str, inside: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is inside
    ensure_safe_bind(host, has_keys=True)
    if not inside:
        with pytest.raises(UnsafeBindError):
            ensure_safe_bind(host, has_keys=False)
