"""Debian's chromium without a window, driven over a pipe by its own protocol.

Source: Chrome DevTools Protocol; ``--remote-debugging-pipe`` reads messages from descriptor 3 and
writes them to 4, each as JSON with a zero byte behind it.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE = 60
_TROUBLE = frozenset({"error", "warning", "assert"})


class NoBrowserError(RuntimeError):
    """There is no chromium on this machine."""


@dataclass(slots=True)
class Browser:
    """One page in it.

    Attributes:
        complaints: What the page has logged: errors, warnings, and what its policy refused.
        requests: The addresses that were asked for.
    """

    _to: int
    _from: int
    _session: str = ""
    _number: int = 0
    _rest: bytes = b""
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def run(cls, folder: Path) -> Iterator[Browser]:
        """Start one with a profile of its own, and end it when the block does.

        Raises:
            NoBrowserError: It is not installed.
        """
        program = shutil.which("chromium")
        if program is None:
            raise NoBrowserError("chromium is missing: apt-get install chromium")
        theirs_in, to = os.pipe()
        come, theirs_out = os.pipe()
        process = subprocess.Popen(
            # The shell gives the descriptors the numbers that the protocol wants.
            [
                *("/bin/bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", program),
                *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
                *("--hide-scrollbars", f"--user-data-dir={folder}", "about:blank"),
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            browser = cls(to, come)
            target = browser._open_page()
            browser._session = target
            for domain in ("Page", "Runtime", "Log", "Network"):
                browser.call(f"{domain}.enable")
            yield browser
        finally:
            process.terminate()
            process.wait(20)
            os.close(to)
            os.close(come)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Call a method of the protocol, and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result

    def open(
        self, path: Path, *, width: int, height: int, scheme: str = "light", media: str = "screen"
    ) -> None:
        """Show a file on a screen of this size."""
        self.complaints.clear()
        self.requests.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.call("Page.navigate", url=path.absolute().as_uri())
        ends = time.monotonic() + _PATIENCE
        while self.evaluate("document.readyState") != "complete":
            assert time.monotonic() < ends, "the page does not become ready"

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 - JSON
        """Evaluate an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write a picture of what is shown, or of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _open_page(self) -> str:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(each for each in targets if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        return str(attached["sessionId"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], _PATIENCE)[0], "chromium does not answer"
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "chromium has ended"
            self._rest += chunk
        body, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(body)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.consoleAPICalled" if told["type"] in _TROUBLE:
                self.complaints.append(json.dumps(told["args"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told["exceptionDetails"]))
            case "Log.entryAdded" if told["entry"]["level"] in _TROUBLE:
                self.complaints.append(told["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
