// Teach: exercises of a level as a sheet, to hear, to print and to save.

import { download, get, post, postRaw } from "./api.js";
import { $, doing, h, options, tell } from "./dom.js";
import { Player } from "./player.js";

export async function start(info) {
  const about = await get("/api/teach");
  let sheet = null, heard = null;
  options($("level"), about.levels.map((_, i) => [i + 1, `Level ${i + 1}`]), 1);
  options($("instrument"), about.instruments.map((name) => [name, name]));
  options($("teach-key"), [["", "of the level"], ...info.keys.map((key) => [key, key])]);
  options($("teach-bars"), [4, 8, 12, 16].map((bars) => [bars, `${bars} bars`]), 8);
  options($("teach-count"), [2, 4, 6, 8, 12, 20].map((count) => [count, String(count)]), 4);
  const explain = () => { $("level-said").textContent = about.levels[$("level").value - 1]; };
  $("level").addEventListener("change", explain);
  explain();

  const player = new Player({
    rate: info.rate,
    fetch: (from, silent, signal) => postRaw("/api/sound", { midi: heard.midi, start: from }, signal),
    ontick: (seconds, playing) => { if (!playing) mark(null); },
  });
  function mark(button) {
    for (const each of $("sheet").querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
  }
  function hear(tune, button) {
    const again = heard === tune && player.playing;
    player.stop();
    mark(null);
    if (again) return;
    heard = tune;
    mark(button);
    doing(null, () => player.play(0));
  }

  const asked = (more = {}) => ({
    level: Number($("level").value), instrument: $("instrument").value, key: $("teach-key").value, bars: Number($("teach-bars").value), count: Number($("teach-count").value), ...more,
  });
  $("teacher").addEventListener("submit", (event) => {
    event.preventDefault();
    doing($("write"), async () => {
      player.stop();
      sheet = await post("/api/teach", asked());
      const rows = sheet.exercises.map((tune, i) => {
        const play = h("button", { type: "button", class: "hear", "aria-pressed": "false", "aria-label": `Hear exercise ${i + 1}`, onclick: () => hear(tune, play) }, "▶");
        const words = `${i + 1}.  ${tune.key}`;
        const picture = tune.svg ? h("img", { alt: `Exercise ${i + 1}: ${tune.key}, ${tune.meter}`, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(tune.svg)}` }) : h("p", { class: "quiet" }, sheet.missing || "no sheet");
        return h("li", {}, h("h3", {}, words), play, picture);
      });
      $("sheet").replaceChildren(h("h2", {}, sheet.title), h("ol", {}, ...rows));
      $("sheet").hidden = false;
      $("print").disabled = $("teach-pdf").disabled = !sheet.exercises[0].svg;
    });
  });
  $("print").addEventListener("click", () => window.print());
  $("teach-pdf").addEventListener("click", () => doing($("teach-pdf"), async () => {
    const { level, instrument, key, bars, count, seed } = sheet;
    download(await (await postRaw("/api/teach/pdf", { level, instrument, key, bars, count, seed })).blob(), `${instrument}-level-${level}.pdf`);
    tell("Saved.");
  }));
  if (about.missing) tell(`Sheets need: ${about.missing}`, "bad");
  return { leave: () => { player.stop(); mark(null); } };
}
