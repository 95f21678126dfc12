"""A studio that tests may ask, as a process of its own."""

import base64
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TOKEN = "abcdefgh12"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Studio:
    """`linnet studio` at a port, which can be ended and started again."""

    def __init__(self, *words: str, port: int = 0) -> None:
        self.port, self.words = port or free_port(), words
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "linnet", "studio", "--no-browser", "--token", TOKEN]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "LINNET_SOUNDFONT": ""},
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.endswith(f"#{TOKEN}"), "the studio did not start"
        self.base = f"http://127.0.0.1:{self.address.rpartition(':')[2].partition('/')[0]}"

    @property
    def megabytes(self) -> float:
        """Of memory, where Linux says so."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def raw(
        self, path: str, body: Any = None, *, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, bytes]:
        """Status and body; a body that is no bytes goes as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            named["x-linnet-token"] = token
        request = urllib.request.Request(f"{self.base}{path}", data, named)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def ask(self, path: str, body: Any = None) -> Any:
        status, data = self.raw(path, body)
        assert status == 200, data
        return json.loads(data)

    def refuses(self, path: str, body: Any = None, **how: Any) -> tuple[int, str]:
        """Status and the one line that says why."""
        status, data = self.raw(path, body, **how)
        assert status >= 400
        words = json.loads(data)["error"]
        assert "\n" not in words
        return status, words


def midi_of(take: dict[str, Any]) -> bytes:
    return base64.b64decode(take["midi"])
