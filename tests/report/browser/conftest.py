"""A page opened in Debian's chromium over its own debugging protocol: what it loads, logs, measures and looks like."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.report.browser.reports import (
    add_small,
    course_pages,
    data_pages,
    make_reports,
    pages_over_all,
    whole_reports,
)

_SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --disable-dev-shm-usage --hide-scrollbars --remote-debugging-port=0"
)
QUIET = _SWITCHES.split()
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowRight": 39, "ArrowDown": 40}
A4 = 673  # CSS pixels between the margins of the printed page: 210 mm less twice 16


class Page:
    """One tab: `open` a file, then ask."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=30, suppress_origin=True)
        self._number = 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def wait(self, method: str) -> None:
        while not any(event["method"] == method for event in self.events):
            self.events.append(json.loads(self._socket.recv()))

    def open(self, file: Path, *, width: int, scheme: str = "light", height: int = 900) -> None:
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.call("Page.navigate", url=file.resolve().as_uri())
        self.wait("Page.loadEventFired")

    def value(self, script: str) -> Any:
        """What `script` comes to; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Press and release the mouse in the middle of what `selector` finds first."""
        where = self.value(
            f"""(() => {{ const one = document.querySelector({json.dumps(selector)});
            one.scrollIntoView({{block: 'center', behavior: 'instant'}});
            const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            x, y = where
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, *keys: str) -> None:
        """Press and release keys by their names, one after the other."""
        for key in keys:
            about = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key]}
            written = {"Enter": "\r", " ": " "}.get(key)
            self.call("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": written} if written else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def write(self, text: str) -> None:
        """Put `text` where the cursor is."""
        self.call("Input.insertText", text=text)

    def print_media(self, on: bool, *, width: int = A4) -> None:
        """Lay the page out as on paper, `width` pixels between the margins; or no longer."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media="print" if on else "")

    @property
    def requests(self) -> list[str]:
        sent = [event["params"]["request"]["url"] for event in self.events if event["method"].endswith("WillBeSent")]
        return [url for url in sent if not url.startswith("data:")]

    @property
    def complaints(self) -> list[Any]:
        kinds = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [event["params"] for event in self.events if event["method"] in kinds]

    def screenshot(self, file: Path) -> None:
        whole = self.call("Page.captureScreenshot")
        file.write_bytes(base64.b64decode(whole["data"]))

    def pdf(self, file: Path) -> None:
        printed = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        file.write_bytes(base64.b64decode(printed["data"]))

    def close(self) -> None:
        self._socket.close()


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A tab of a chromium of its own, which keeps its files in `profile`."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("the pages are opened in chromium; install it (Debian: apt-get install chromium)")
    command = [program, *QUIET, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            opened = Page(_tab(profile / "DevToolsActivePort", running))
            yield opened
            opened.close()
        finally:
            running.terminate()  # or leaving the block would wait for it for ever


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def _tab(port_file: Path, running: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while not (port_file.exists() and len(port_file.read_text().split()) == 2):
        assert running.poll() is None, "chromium ended before it opened its debugging port"
        assert time.monotonic() < deadline, "chromium did not open its debugging port within a minute"
        time.sleep(0.05)
    port, path = port_file.read_text().split()
    root = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=30, suppress_origin=True)
    root.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}}))
    while (answer := json.loads(root.recv())).get("id") != 1:
        pass
    root.close()
    return f"ws://127.0.0.1:{port}/devtools/page/{answer['result']['targetId']}"


@pytest.fixture(scope="session")
def files(runs: Any, small: Any, stand_in: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of each page in `pages.PAGES`; made by the first process of the session that asks, for all of them."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "whole"
    place.mkdir(exist_ok=True)
    record = place / "files.json"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            made = _made(place, runs, small, stand_in)
            record.write_text(json.dumps({name: str(file) for name, file in made.items()}), "utf-8")
    return {name: Path(file) for name, file in json.loads(record.read_text("utf-8")).items()}


def _made(place: Path, runs: Any, small: Any, stand_in: Any) -> dict[str, Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMLAB_CACHE", str(place / "cache"))
        reports, others = make_reports(place)
        failed = add_small(reports, small, stand_in)
        clients = {"data": "cdnow", "company's data": str(place / "company")}
        return {
            **{name: getattr(runs, name).folder / "report.html" for name in ("done", "teaching", "refused")},
            "index": runs.done.index,
            "failed": failed,
            **whole_reports(reports, others),
            **dict(pages_over_all(reports)),
            **dict(data_pages(place / "data", clients)),
            **dict(course_pages(place, reports)),
        }
