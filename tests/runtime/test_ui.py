"""Scores in notebooks: what they show, what it sounds like, and the widget that changes them."""

import base64
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import linnet
from linnet import sound, ui
from linnet.errors import LinnetError
from linnet.music.score import Note, Notes, Score, Track
from linnet.studio.files import PAGE, bundled, files_in
from linnet.ui.shown import module, playable, style
from tests.runtime import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium.running() as found:
        yield found


def trio() -> Score:
    """Three instruments, of which one holds and one dies away, and a change of tempo."""
    high = Score.from_notes([("C5", 0.5), ("E5", 0.5), (None, 1), ("G5", 2)], instrument="flute", bpm=120)
    low = Score.from_notes([("C2", 4)], instrument="acoustic bass", velocity=127)
    piano = Score.from_notes([(("C4", "E4", "G4"), 1), (("D4", "F4"), 3)], velocity=110)
    return high.mix(low).mix(piano).stretch(bpm=100)


def drums() -> Score:
    strokes = [Note(480 * i, 120, pitch, 100) for i, pitch in enumerate((36, 38, 42, 46))]
    return Score(480, (Track(Notes.of(strokes), is_drum=True),), end=1920)


# ---- what a notebook shows


def test_a_score_shows_a_roll_that_needs_nobody_else() -> None:
    shown = trio()._repr_html_()

    assert shown == ui.html(trio())
    assert "srcdoc=" in shown
    assert "http" not in shown.replace("http://www.w3.org/", "")
    assert "import {" not in module("show.js")
    assert len(shown) < 90_000


def test_words_of_a_piece_do_not_leave_the_script() -> None:
    named = Score.from_notes([("C4", 1)]).with_markers([(0, "</script><b>")])

    assert "</script><b>" not in ui.html(named).replace("&lt;", "<").replace("&gt;", ">")


def test_long_pieces_bring_no_second_picture() -> None:
    assert "<img" in ui.html(trio())
    assert "<img" not in ui.html(trio().repeat(400))


def test_what_imports_something_else_is_one_module() -> None:
    files = {"a.js": b'import { b } from "./b.js";\nexport const a = b;\n', "b.js": b"export const b = 1;\n"}

    assert bundled(files, "a.js") == "const b = 1;\nconst a = b;"
    assert "export default" in bundled(files_in(PAGE), "widget.js")


# ---- in a browser


def test_a_score_plays_itself_without_a_network(browser) -> None:
    context = browser.new_context(offline=True)
    page, trouble = context.new_page(), []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.set_content(ui.html(trio()))
    page.wait_for_selector("img", state="detached")  # the roll has taken its place
    frame = page.frames[1]
    frame.wait_for_selector("canvas.roll")
    frame.click(".play")
    frame.wait_for_selector(".linnet.playing .time:has-text('0:01')")
    frame.click(".tracks li:nth-child(2) button")
    assert frame.get_attribute(".tracks li:nth-child(2) button", "aria-pressed") == "false"
    frame.click(".play")
    assert frame.locator(".linnet.playing").count() == 0
    context.close()
    assert trouble == []


def frames(browser, score: Score, start: float = 0, silent: tuple[int, ...] = ()) -> np.ndarray:
    """What the page makes of it. (frames, 2)"""
    page = browser.new_page()
    script = f"""([score, start, silent]) => {{ {module("tone.js")}
      const all = [];
      for (const block of framesOf(score, start, silent)) for (const byte of block) all.push(byte);
      let text = "";
      for (let i = 0; i < all.length; i += 8192) text += String.fromCharCode(...all.slice(i, i + 8192));
      return btoa(text);
    }}"""
    text = page.evaluate(script, [playable(score), start, silent])
    page.close()
    return np.frombuffer(base64.b64decode(text), "<i2").reshape(-1, 2).astype(int)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No SoundFont anywhere."""
    monkeypatch.setattr(sound, "with_soundfont", lambda *given, **named: None)
    monkeypatch.setattr(sound, "_SPARE", {})


def pcm(score: Score, **how: object) -> np.ndarray:
    return np.frombuffer(b"".join(sound.pcm(score, **how)), "<i2").reshape(-1, 2).astype(int)


def test_the_page_makes_the_plain_tone_of_linnet(browser, plain: None) -> None:
    for how in ({}, {"start": 1.0, "silent": (1,)}):
        made, wanted = frames(browser, trio(), **how), pcm(trio(), **how)
        assert made.shape == wanted.shape
        assert np.abs(made - wanted).max() <= 2
        assert np.abs(wanted).max() > 3000


def test_drums_are_as_loud_where_they_should_be(browser, plain: None) -> None:
    made, wanted = frames(browser, drums()), pcm(drums())
    assert made.shape == wanted.shape
    for beat in range(4):
        part = slice(22050 * beat, 22050 * beat + 4410)
        loud, as_loud = (np.sqrt(np.mean(each[part] ** 2.0)) for each in (made, wanted))
        assert loud == pytest.approx(as_loud, rel=0.1)


# ---- the widget


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> "linnet.ui.Studio":
    pytest.importorskip("anywidget", reason="anywidget, of the extra notebook, is not installed")
    made = ui.Studio(linnet.load("folk").generate(bars=8, seed=7), model="folk")
    made.sent = []
    monkeypatch.setattr(made, "send", lambda message, buffers=(): made.sent.append((message, [*buffers])))
    return made


def test_bars_that_are_chosen_are_composed_anew_and_can_be_undone(studio) -> None:
    before = studio.score
    studio.selection = (3, 4)
    studio.fill(seed=5)

    wanted = linnet.load("folk").fill(before, "3-4", seed=5)
    assert studio.score.tracks == wanted.tracks
    assert studio.roll["tracks"] == playable(wanted)["tracks"]
    assert "model.fill(score, '3-4', seed=5)" in studio.python
    assert studio.steps == (1, 0)
    studio.undo()
    assert studio.score is before
    studio.redo()
    assert studio.score.tracks == wanted.tracks


def test_parts_bars_and_variations_are_made_too(studio) -> None:
    studio.add("bass", seed=1)
    assert len(studio.score.tracks) == 2
    studio.score = linnet.load("folk").generate(bars=4, seed=2)
    studio.go_on(4, seed=1)
    assert studio.score.full_bars == 8
    before = studio.score.notes.onset.tolist()
    studio.vary(seed=1)
    assert studio.score.notes.onset.tolist() == before


def test_what_cannot_be_done_is_said_on_the_page(studio) -> None:
    studio.selection = (90, 91)
    studio._asked(None, {"do": "fill"}, [])
    ((message, _),) = studio.sent

    assert message["do"] == "told"
    assert "between" in message["words"]
    assert studio.steps == (0, 0)


def test_the_kernel_s_sound_is_that_of_a_file(studio, plain: None) -> None:
    studio._asked(None, {"do": "sound", "number": 3, "start": 0.5, "silent": []}, [])
    while studio.sent[-1][1][0]:
        studio._asked(None, {"do": "more", "number": 3}, [])

    assert b"".join(parts[0] for _, parts in studio.sent) == b"".join(sound.pcm(studio.score, start=0.5))


def test_without_anywidget_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "linnet.ui.widget", raising=False)

    with pytest.raises(LinnetError, match=r"pip install 'linnet\[notebook\]'"):
        _ = ui.Studio


KERNEL = """
const values = {values}, listening = {{}};
window.told = (name, ...words) => (listening[name] ?? []).forEach((each) => each(...words));
window.put = (name, value) => {{ values[name] = value; told(`change:${{name}}`); }};
window.bytes = (message, text) => {{
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  told("msg:custom", message, [new DataView(data.buffer)]);
}};
const model = {{
  get: (name) => values[name],
  set: (name, value) => {{ values[name] = value; toKernel({{ set: name, value }}); }},
  save_changes() {{}},
  send: (message) => toKernel(message),
  on: (name, what) => (listening[name] ??= []).push(what),
  off() {{}},
}};
window.leave = render({{ model, el: document.getElementById("cell") }});
"""
"""What a notebook is to a widget, with Python behind it."""


def test_the_widget_plays_and_changes_what_python_has(browser, studio, plain: None) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 600})
    page, trouble, waiting = context.new_page(), [], []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.expose_function("toKernel", lambda message: waiting.append(message))
    page.set_content(f"<style>{style()}</style><div id=cell></div>")
    traits = ("roll", "selection", "position", "steps")
    values = {name: getattr(studio, name) for name in traits}
    script = module("widget.js").rpartition("export default")[0]
    page.evaluate(f"(given) => {{ {script} {KERNEL.format(values='given')} }}", values)

    def serve() -> None:
        """What the page asked since, done by Python."""
        page.wait_for_timeout(50)
        while waiting:
            message = waiting.pop(0)
            if "set" in message:
                setattr(studio, message["set"], message["value"])
            else:
                studio._asked(None, message, [])
        for name in traits:
            value = getattr(studio, name)
            if value != values[name]:
                values[name] = value
                page.evaluate("([name, value]) => put(name, value)", [name, value])
        while studio.sent:
            message, buffers = studio.sent.pop(0)
            data = base64.b64encode(buffers[0]).decode() if buffers else ""
            page.evaluate("([message, data]) => bytes(message, data)", [message, data])

    def until(selector: str) -> None:
        for _ in range(200):
            serve()
            if page.locator(selector).count():
                return
        raise AssertionError(f"{selector} did not come")

    box = page.locator("canvas.roll").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 46)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 46, steps=4)
    page.mouse.up()
    serve()
    first, last = studio.selection
    assert (first, last > first) == (1, True)
    page.click("text=New notes")
    until(f"[role=status]:has-text('New notes in bars {first}-{last}')")
    assert studio.steps == (1, 0)
    until(".linnet.playing .time:has-text('0:01')")  # it is heard at once, and its sound is asked for
    page.click("text=Undo")
    until("button:has-text('Redo'):enabled")
    assert studio.steps == (0, 1)
    page.evaluate("leave()")
    context.close()
    assert trouble == []
