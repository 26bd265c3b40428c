"""A real browser over the WebDriver protocol: what the pages are tested in, without more packages.

Debian has it as `chromium` and `chromium-driver`; where either is missing, such tests are skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_STARTED = re.compile(r"started successfully on port (\d+)")
_PATIENCE_S = 60.0
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Browser:
    """One window.

    Attributes:
        driver: of the running session.
    """

    driver: httpx.Client

    def open(self, url: str) -> None:
        """Go to an address, in a page that knows nothing of the one before."""
        self._post("url", url="about:blank")
        self.complaints()
        self._post("url", url=url)

    def address(self) -> str:
        """Return what the address bar says."""
        return str(self.driver.get("url").raise_for_status().json()["value"])

    def text(self, selector: str) -> str:
        """Return the visible text of the first element that a CSS selector finds."""
        found = self.driver.get(f"element/{self._find(selector)}/text").raise_for_status()
        return str(found.json()["value"])

    def click(self, selector: str) -> None:
        """Click an element as a person does: it must be visible and in nobody's way."""
        self._post(f"element/{self._find(selector)}/click")

    def write(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._post(f"element/{self._find(selector)}/value", text=text)

    def run(self, script: str) -> Any:
        """Return what a script in the page returns."""
        return self._post("execute/sync", script=script, args=[])

    def visible(self, selector: str) -> bool:
        """Tell whether the first element that a selector finds is shown."""
        found = self.driver.get(f"element/{self._find(selector)}/displayed").raise_for_status()
        return bool(found.json()["value"])

    def complaints(self) -> list[str]:
        """Return what the browser itself found wrong since it was asked last."""
        found = self._post("se/log", type="browser")
        return [one["message"] for one in found if one["level"] == "SEVERE"]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; fail with the state line of the page if it never does."""
        end = time.monotonic() + _PATIENCE_S
        while not holds():
            assert time.monotonic() < end, self.text("#state")
            time.sleep(0.05)

    def _find(self, selector: str) -> str:
        found = self._post("element", using="css selector", value=selector)
        return str(found[_ELEMENT])

    def _post(self, path: str, **body: Any) -> Any:
        answer = self.driver.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Yield a window of a browser that is closed after use; skip the test if there is none."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("no browser: install the Debian packages chromium and chromium-driver")
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True) as running:
        try:
            with _session(_port(running), program) as browser:
                yield browser
        finally:
            running.terminate()


def _port(running: subprocess.Popen[str]) -> int:
    assert running.stdout is not None
    for line in running.stdout:
        if found := _STARTED.search(line):
            return int(found[1])
    raise AssertionError("chromedriver did not start")


@contextmanager
def _session(port: int, program: str) -> Iterator[Browser]:
    options = {"binary": program, "args": list(_ARGUMENTS)}
    wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    body = {"capabilities": {"alwaysMatch": wanted}}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
        made = client.post("/session", json=body)
        assert made.status_code == 200, made.text
        key = made.json()["value"]["sessionId"]
        base = f"http://127.0.0.1:{port}/session/{key}/"
        with httpx.Client(base_url=base, timeout=120) as session:
            try:
                yield Browser(session)
            finally:
                client.delete(f"/session/{key}")
