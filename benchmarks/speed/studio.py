"""How quick the studio is, and whether it keeps its memory while many use it.

In Chromium (with `pip install --group browser`): seconds until the page is ready, milliseconds from a click
to the first sound, and the frames while a roll of 400 bars scrolls. And with `--clients 20 --minutes 10`:
what the server's memory is on the way, while so many compose, change and listen.

    python -m benchmarks.speed.studio
    python -m benchmarks.speed.studio --no-browser --clients 20 --minutes 10
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import linnet

TOKEN = "benchmark12"

_LISTEN = """async () => {
  const { Player } = await import("/player.js"), play = Player.prototype.play;
  Player.prototype.play = function (...words) { window.heard = this; return play.apply(this, words); };
}"""

_SCROLL = """async () => {
  const { Roll } = await import("/roll.js"), { post } = await import("/api.js");
  const options = { bars: 400, seed: 1 };
  const { takes } = await post("/api/generate", { model: "chorale", options, count: 1 });
  const canvas = document.createElement("canvas");
  canvas.className = "roll";
  document.querySelector("main").prepend(canvas);
  const roll = new Roll(canvas, takes[0].roll), draws = [], frames = [], draw = roll.draw.bind(roll);
  roll.draw = () => { const begun = performance.now(); draw(); draws.push(performance.now() - begun); };
  await new Promise((done) => {
    let last = performance.now();
    const step = (now) => {
      frames.push(now - last);
      last = now;
      roll.scrollTo(roll.scroll + 25);
      frames.length < 300 ? requestAnimationFrame(step) : done();
    };
    requestAnimationFrame(step);
  });
  return { draws: draws.slice(5), frames: frames.slice(5) };
}"""


class Server:
    """`linnet studio`, and how much memory it takes."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "linnet", "studio", "--no-browser", "--port", "0", "--token", TOKEN]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.base = self.address.partition("/#")[0]
        self.ask("/api/about")  # the models are open

    def ask(self, path: str, body: object = None) -> Any:  # JSON, or bytes
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}{path}", data, {"x-linnet-token": TOKEN})
        with urllib.request.urlopen(request, timeout=120) as answer:
            found = answer.read()
        return json.loads(found) if answer.headers["content-type"].startswith("application/json") else found

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return int(kilobytes) / 1024


def _spread(name: str, values: list[float], unit: str) -> str:
    values = sorted(values)
    p95 = values[min(int(0.95 * len(values)), len(values) - 1)]
    return f"{name:36}{statistics.median(values):8.1f} {unit} median {p95:8.1f} {unit} 95 of 100"


def in_browser(server: Server) -> None:
    """What somebody waits for."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    words = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=words)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        ready = []
        for _ in range(5):
            page.goto("about:blank")
            begun = time.perf_counter()
            page.goto(server.address)
            page.wait_for_selector("body[data-ready]", state="attached")
            ready.append(time.perf_counter() - begun)
        print(_spread("page ready", ready, "s "))
        page.evaluate(_LISTEN)
        sounds = []
        for _ in range(10):
            page.click("#play")
            page.wait_for_timeout(1500)
            sounds.append(float(page.evaluate("heard.firstSound")))
            page.click("#play")
            page.wait_for_timeout(200)
        print(_spread("from a click to the first sound", sounds, "ms"))
        print(f"{'gaps in the sound':36}{page.evaluate('heard.gaps'):8}")
        found = page.evaluate(_SCROLL)
        print(_spread("400 bars scroll: from frame to frame", found["frames"], "ms"))
        print(_spread("400 bars scroll: to draw one", found["draws"], "ms"))
        browser.close()


def _client(server: Server, seed: int, until: float, failed: list[str]) -> None:
    number = 0
    while time.monotonic() < until:
        number += 1
        try:
            options = {"bars": 16, "seed": seed * 1000 + number}
            (take,) = server.ask("/api/generate", {"model": "folk", "options": options})["takes"]
            asked = {
                "do": "fill",
                "model": "folk",
                "bars": "3-4",
                "midi": take["midi"],
                "steps": take["steps"],
            }
            server.ask("/api/change", asked)
            if number % 4 == 1:
                server.ask("/api/sound", {"midi": take["midi"]})
        except (OSError, urllib.error.URLError) as error:
            failed.append(str(error))
        time.sleep(2)


def many(server: Server, clients: int, minutes: float) -> None:
    """Memory while so many compose, change and listen."""
    until, failed = time.monotonic() + 60 * minutes, list[str]()
    threads = [
        threading.Thread(target=_client, args=(server, seed, until, failed), daemon=True)
        for seed in range(clients)
    ]
    for thread in threads:
        thread.start()
    print(f"{clients} clients for {minutes:g} minutes; megabytes of the server:")
    for part in range(10):
        time.sleep(6 * minutes)
        print(f"  {6 * minutes * (part + 1):6.0f} s {server.megabytes:8.1f}", flush=True)
    for thread in threads:
        thread.join(60)
    print(f"  {len(failed)} requests failed{': ' + failed[0] if failed else ''}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description="How quick the studio is.")
    parser.add_argument("--no-browser", action="store_true", help="without Chromium")
    parser.add_argument("--clients", type=int, default=0, metavar="N", help="so many at once")
    parser.add_argument("--minutes", type=float, default=1.0, metavar="X")
    args = parser.parse_args()
    folder = Path(linnet.__file__).parent / "studio" / "page"
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{'the page':36}{size / 1000:8.1f} kB")
    print(f"{'load of the machine':36}{os.getloadavg()[0]:8.1f} on {os.cpu_count()} processors")
    server = Server()
    try:
        if not args.no_browser:
            in_browser(server)
        if args.clients:
            many(server, args.clients, args.minutes)
    finally:
        server.process.terminate()


if __name__ == "__main__":
    main()
