from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
import httpx
from peipao.config import Settings
from serving.api.app import create_app
from serving.wiring import wire

async def ask(app, method, path, **more):
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, **more)

def loaded():
    heavy = ("mlflow", "sklearn", "pandas", "lightfm", "scipy", "networkx", "pyarrow")
    return [name for name in heavy if name in sys.modules]

app = create_app(wire(Settings(home=Path(sys.argv[1]))))
found = [loaded()]
path = "/v1/projects/p0001/matches?kind=mentor"
statuses = [asyncio.run(ask(app, "GET", path)).status_code]
found.append(loaded())
body = {"kind": "mentor"}
statuses.append(asyncio.run(ask(app, "POST", "/v1/rounds", json=body)).status_code)
found.append(loaded())
print(json.dumps({"statuses": statuses, "loaded": found}))
"""


def test_serving_loads_no_training_library_and_scipy_only_to_solve(home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(home)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    said = json.loads(ran.stdout)
    assert said["statuses"] == [200, 201]
    started, ranked, solved = said["loaded"]
    assert started == ranked == []
    assert solved == ["scipy"]
