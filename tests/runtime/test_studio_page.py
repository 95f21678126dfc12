"""The studio's page in a real browser: each thing one does is clicked through, at two widths."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import linnet
from tests.runtime import chromium
from tests.runtime.studio_server import Studio

pytest.importorskip("starlette", reason="starlette, of the extra studio, is not installed")
pytest.importorskip("uvicorn", reason="uvicorn, of the extra studio, is not installed")

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    running = Studio()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium.running() as found:
        yield found


class Tab:
    """A page that is ready, and what went wrong in it."""

    def __init__(self, browser, studio: Studio, width: str, scheme: str = "light", context=None) -> None:
        wide, high = WIDTHS[width]
        self.context = context or browser.new_context(
            viewport={"width": wide, "height": high}, color_scheme=scheme, has_touch=width == "phone"
        )
        self.page = self.context.new_page()
        self.trouble: list[str] = []
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", lambda line: self.trouble.append(line.text) if line.type == "error" else None)
        self.page.goto(studio.address)
        self.wait("body[data-ready]")

    def wait(self, selector: str) -> None:
        self.page.wait_for_selector(selector, timeout=30_000, state="attached")

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def python(self) -> str:
        return self.page.text_content("#python") or ""

    def until(self, text: str) -> None:
        """Until the Python that is shown has this text."""
        self.page.locator("#python", has_text=text).wait_for(state="attached", timeout=30_000)


@pytest.fixture(params=WIDTHS)
def tab(request: pytest.FixtureRequest, browser, studio: Studio) -> Iterator[Tab]:
    opened = Tab(browser, studio, request.param)
    yield opened
    opened.context.close()
    assert opened.trouble == []


def test_a_piece_is_made_heard_changed_undone_and_saved(tab: Tab, tmp_path: Path) -> None:
    page = tab.page
    page.click("label:has-text('Hymn')")
    page.select_option("#key", "G major")
    page.select_option("#bars", "8")
    page.click("#make")
    tab.until("chorale")
    page.wait_for_selector("#piece.playing")
    assert page.locator("#ideas button").count() == 6
    assert page.locator("#tracks button").count() == 4

    page.click("#play")
    page.click("#ideas li:nth-child(3) button")
    page.wait_for_selector("#ideas li:nth-child(3) [aria-pressed=true]")
    page.fill("#from", "3")
    page.fill("#to", "4")
    page.dispatch_event("#to", "change")
    page.select_option("#who", "2")
    page.click("#fill")
    tab.until("model.fill(score, '3-4', tracks=[2]")
    page.click("#undo")
    assert "fill" not in tab.python()
    page.click("#redo")
    assert "fill" in tab.python()

    page.click("#save summary")
    with page.expect_download() as saved:
        page.click("#formats button:has-text('.mid')")
    saved.value.save_as(tmp_path / "hymn.mid")
    score = linnet.Score.open(tmp_path / "hymn.mid")
    assert score.full_bars == 8
    assert score.key == "G major"


def test_varying_going_on_and_adding_a_part(tab: Tab) -> None:
    page = tab.page
    page.click("#vary")
    tab.until("model.vary(")
    page.click("#continue")
    tab.until("with_primer=True")
    page.select_option("#part", "bass")
    tab.until("model.add(score, 'bass'")

    assert page.locator("#tracks button").count() == 2
    page.click("#tracks li:nth-child(2) button")
    assert page.get_attribute("#tracks li:nth-child(2) button", "aria-pressed") == "false"


def test_bars_are_chosen_on_the_roll_by_hand_and_by_keys(tab: Tab) -> None:
    page = tab.page
    page.locator("#roll").scroll_into_view_if_needed()
    box = page.locator("#roll").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 46)  # over the numbers of the bars
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 46, steps=4)
    page.mouse.up()
    first, last = int(page.input_value("#from")), int(page.input_value("#to"))
    assert first <= 1 < last < 16

    page.focus("#roll")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    assert "selected" in page.get_attribute("#roll", "aria-valuetext")


def test_a_file_is_opened(tab: Tab, tmp_path: Path) -> None:
    linnet.Score.from_notes([("C4", 1), ("E4", 1), ("G4", 2)] * 4).save(tmp_path / "mine.mid")
    tab.page.set_input_files("#file", tmp_path / "mine.mid")

    tab.until("linnet.Score.open")
    assert tab.page.text_content("#title") == "mine.mid"


def test_a_broken_file_is_one_line_and_changes_nothing(tab: Tab, tmp_path: Path) -> None:
    (tmp_path / "mine.mid").write_bytes(b"MThd nothing")
    before = tab.python()
    tab.page.set_input_files("#file", tmp_path / "mine.mid")
    tab.wait(".said.bad")

    assert "mine.mid" in tab.page.text_content("#said")
    assert tab.python() == before
    tab.trouble = [line for line in tab.trouble if "400" not in line]  # the browser notes the answer


def test_live_music_is_steered_finished_and_kept(tab: Tab) -> None:
    page = tab.page
    page.click("#tab-live")
    page.wait_for_selector("#go")
    page.select_option("#live-model", "chorale")
    page.click("#go")
    page.wait_for_selector("#layers li:nth-child(4)")
    page.wait_for_selector("#coming b:nth-child(4)")
    page.locator("#pad").scroll_into_view_if_needed()
    page.click("#pad", position={"x": 40, "y": 40})
    assert int(page.input_value("#valence")) < -50
    assert int(page.input_value("#arousal")) > 50
    page.fill("#tempo", "180")
    assert page.text_content("#tempo-said") == "180 bpm"
    page.click("#layers li:nth-child(2) button")
    page.click("#finish")
    page.wait_for_selector("#said:has-text('It is over')", timeout=30_000)
    page.click("#keep")
    tab.until("live.mid")
    assert page.locator("#tracks button").count() == 4


def test_a_sheet_of_exercises_is_written_heard_and_saved(tab: Tab, tmp_path: Path) -> None:
    for name in ("music21", "verovio", "fpdf"):
        pytest.importorskip(name, reason=f"{name}, for engraved sheets, is not installed")
    page = tab.page
    page.click("#tab-teach")
    page.wait_for_selector("#level option:nth-child(8)", state="attached")
    page.select_option("#teach-key", "G major")
    page.select_option("#teach-count", "2")
    page.select_option("#teach-bars", "4")
    page.click("#write")
    page.wait_for_selector("#sheet li:nth-child(2) img", timeout=60_000)
    page.click("#sheet li:nth-child(2) button")
    assert page.get_attribute("#sheet li:nth-child(2) button", "aria-pressed") == "true"
    page.emulate_media(media="print")
    assert not page.is_visible("#teacher")
    assert page.is_visible("#sheet img")
    page.emulate_media(media="screen")


def test_files_to_learn_from_are_looked_at(tab: Tab, tmp_path: Path) -> None:
    page = tab.page
    page.click("#tab-train")
    page.wait_for_selector("#train-from option", state="attached")
    linnet.Score.from_notes([("D4", 1), ("F#4", 0.5), ("A4", 0.5)] * 8).save(tmp_path / "a.mid")
    (tmp_path / "b.mid").write_bytes(b"MThd")
    page.set_input_files("#music-files", [tmp_path / "a.mid", tmp_path / "b.mid"])
    page.wait_for_selector("#skipped-title:has-text('Skipped: 1')", state="attached")
    assert page.locator("#histograms figure").count() == 4
    assert "24 notes" in page.text_content("#corpus-said")
    page.click("#music-clear")
    page.wait_for_selector("#corpus", state="hidden")


def test_a_server_that_ends_loses_nothing(browser) -> None:
    running = Studio()
    tab = Tab(browser, running, "desktop")
    try:
        tab.page.fill("#from", "3")
        tab.page.fill("#to", "4")
        tab.click("#fill")
        tab.until("model.fill")
        made = tab.python()
        running.stop()
        tab.click("#vary")
        tab.wait(".said.bad")
        assert tab.python() == made
        running.start()
        tab.page.reload()
        tab.wait("body[data-ready]")
        assert tab.python() == made
        tab.click("#undo")
        assert "fill" not in tab.python()
    finally:
        running.stop()
        tab.context.close()


def test_two_tabs_keep_their_own_pieces(browser, studio: Studio) -> None:
    first = Tab(browser, studio, "desktop")
    second = Tab(browser, studio, "desktop", context=first.context)
    first.click("#make")
    first.wait("#piece.playing")
    mine, other = first.python(), second.python()
    assert mine != other
    for tab, text in ((first, mine), (second, other)):
        tab.page.reload()
        tab.wait("body[data-ready]")
        assert tab.python() == text
    first.context.close()


def test_a_slow_network_brings_all_of_it_and_sound_without_gaps(browser, studio: Studio) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    line = context.new_cdp_session(page)
    slow = {"offline": False, "latency": 150, "downloadThroughput": 300_000, "uploadThroughput": 100_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)  # bytes a second, and milliseconds
    page.goto(studio.address)
    page.wait_for_selector("body[data-ready]", state="attached")
    page.evaluate(
        """async () => {
          const { Player } = await import("/player.js");
          const play = Player.prototype.play;
          Player.prototype.play = function (...how) { window.heard = this; return play.apply(this, how); };
        }"""
    )
    page.click("#play")
    page.wait_for_selector("#time:has-text('0:03')")
    gaps = page.evaluate("heard.gaps")
    page.click("#fill")
    page.locator("#python", has_text="model.fill").wait_for(state="attached")
    line.send("Network.emulateNetworkConditions", slow | {"offline": True})
    page.click("#vary")
    page.wait_for_selector(".said.bad")
    line.send("Network.emulateNetworkConditions", slow)
    page.click("#vary")
    page.locator("#python", has_text="model.vary").wait_for(state="attached")
    context.close()

    assert gaps == 0


@pytest.mark.parametrize(("width", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_page_can_be_used_by_everybody(browser, studio: Studio, width: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    tab = Tab(browser, studio, width, scheme)
    script = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    for name in [each.get_attribute("id") for each in tab.page.query_selector_all("[role=tab]")]:
        tab.click(f"#{name}")
        tab.wait(f"#{name}[aria-selected=true]")
        for details in tab.page.query_selector_all("main details"):
            details.evaluate("each => { each.open = true; }")
        found = tab.page.evaluate(f"() => {{ {script}\n return axe.run(); }}")
        assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found["violations"]] == []
        wide = tab.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is wider than the window"
    tab.context.close()


def test_a_wrong_token_is_asked_for_at_the_door(browser, studio: Studio) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{studio.base}/#wrongwrong1")
    page.wait_for_selector("#door[open]")
    page.fill("#token", studio.address.partition("#")[2])
    page.click("#door .primary")
    page.wait_for_selector("body[data-ready]", state="attached")
    context.close()


def test_the_page_is_small_and_asks_nobody_else(browser, studio: Studio) -> None:
    asked = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(studio.address)
    page.wait_for_selector("body[data-ready]", state="attached")
    context.close()
    size = sum(path.stat().st_size for path in Path(linnet.__file__).with_name("studio").glob("page/*"))

    assert all(url.startswith((studio.base, "data:")) for url in asked)
    assert size < 300_000
