// Train: a model of one's own. Files are dropped, looked at, and learnt from; what it sounds like is heard on the way.

import { download, get, post, postRaw, send } from "./api.js";
import { $, doing, h, minutes, options, tell } from "./dom.js";

const STAGES = ["reading your music", "learning", "writing the model", "measuring it"];
const CLASSES = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const LENGTHS = ["1/16", "1/8", "1/4", "1/2", "1"];

export async function start(info, { show, panels }) {
  let state = await get("/api/train"), timer = 0;
  const count = (rows) => rows.reduce((found, row) => found.set(row, (found.get(row) ?? 0) + 1), new Map());

  options($("train-from"), state.starts.map((name) => [name, info.models.find((model) => model.name === name)?.title ?? name]));
  options($("train-minutes"), [1, 2, 5, 10, 20, 60].map((value) => [value, `${value} min`]), 5);

  // ---- files

  async function add(files) {
    const music = files.filter((file) => /\.(midi?|kar|rmi)$/i.test(file.name));
    if (!music.length) return tell("There is no MIDI file among them.", "bad");
    for (const [i, file] of music.entries()) {
      tell(`Reading ${i + 1} of ${music.length}: ${file.name}`);
      try {
        state.files.push(await send(`/api/train/file?name=${encodeURIComponent(file.name)}`, file));
      } catch (error) {
        tell(error.message, "bad");
        break;
      }
      if (i % 8 === 7) showFiles();
    }
    tell(`${music.length} files were read.`);
    showFiles();
  }
  async function within(entry) {
    if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
    const reader = entry.createReader(), found = [];
    for (;;) {
      const some = await new Promise((ready, failed) => reader.readEntries(ready, failed));
      if (!some.length) return found;
      for (const each of some) found.push(...(await within(each)));
    }
  }
  const zone = $("music-drop");
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    doing(null, async () => add((await Promise.all(entries.map(within))).flat()));
  });
  for (const id of ["music-files", "music-folder"]) $(id).addEventListener("change", () => {
    const files = [...$(id).files];
    $(id).value = "";
    doing(null, () => add(files));
  });
  $("music-clear").addEventListener("click", () => doing($("music-clear"), async () => { state = await post("/api/train/clear", {}); showAll(); }));

  function bars(title, rows) {
    const most = Math.max(1, ...rows.map(([, number]) => number));
    return h("figure", {}, h("figcaption", {}, title), h("ul", { class: "bars" }, ...rows.map(([name, number]) => {
      const bar = h("i");
      bar.style.height = `${(60 * number) / most}px`;
      return h("li", { title: `${name}: ${number.toLocaleString()}` }, bar, h("span", {}, name));
    })));
  }
  function showFiles() {
    const read = state.files.filter((file) => !file.skipped), skipped = state.files.filter((file) => file.skipped);
    const total = (name) => read.reduce((sum, file) => sum + file[name], 0);
    $("corpus").hidden = !state.files.length;
    $("corpus-said").textContent = `${read.length} files, ${total("notes").toLocaleString()} notes, ${total("bars").toLocaleString()} bars, ${minutes(total("seconds"))}`;
    const sum = (name, names) => names.map((each, i) => [each, read.reduce((all, file) => all + file[name][i], 0)]);
    const often = (rows) => [...count(rows)].sort((a, b) => b[1] - a[1]).slice(0, 8);
    $("histograms").replaceChildren(...(read.length ? [
      bars("Pitches", sum("classes", CLASSES)), bars("Lengths", sum("lengths", LENGTHS)),
      bars("Keys", often(read.map((file) => (file.key ?? "none").replace(" major", "").replace(" minor", "m")))), bars("Meters", often(read.map((file) => file.meter))),
    ] : []));
    $("skipped").replaceChildren(...skipped.map((file) => h("li", {}, file.skipped)));
    $("skipped-title").textContent = skipped.length ? `Skipped: ${skipped.length}` : "Nothing was skipped.";
    $("learn").disabled = !read.length || state.running || Boolean(state.missing);
  }

  // ---- training

  $("trainer").addEventListener("submit", (event) => {
    event.preventDefault();
    doing($("learn"), async () => {
      const steps = Number($("train-steps").value) || undefined;
      state = { ...state, ...(await post("/api/train/start", { start: $("train-from").value, minutes: Number($("train-minutes").value), name: $("train-name").value, steps })) };
      showAll();
    });
  });
  $("train-stop").addEventListener("click", () => doing($("train-stop"), async () => { state = await post("/api/train/stop", {}); showAll(); }));
  $("train-hear").addEventListener("click", () => doing($("train-hear"), async () => {
    if (!state.ready) tell("Asking it for eight bars: some seconds …");
    const take = await post("/api/train/sample", {});
    await show("compose");
    panels.compose.put(take);
    panels.compose.listen(0);
  }));
  $("train-save").addEventListener("click", () => doing($("train-save"), async () => download(await (await postRaw("/api/train/model", {})).blob(), `${state.name}.onnx`)));
  $("train-use").addEventListener("click", () => location.reload());

  function curve() {
    const canvas = $("losses"), box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    canvas.width = box.width * ratio;
    canvas.height = box.height * ratio;
    const c = canvas.getContext("2d"), style = getComputedStyle(canvas), ink = style.color, accent = style.getPropertyValue("--accent");
    c.scale(ratio, ratio);
    const all = [...state.loss, ...state.held_out];
    if (!all.length) return;
    const steps = Math.max(...all.map(([step]) => step), 1), low = Math.min(...all.map(([, loss]) => loss)), high = Math.max(...all.map(([, loss]) => loss), low + 0.1);
    const x = (step) => 44 + ((box.width - 56) * step) / steps, y = (loss) => 12 + ((box.height - 36) * (high - loss)) / (high - low);
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = ink;
    for (const loss of [low, high]) c.fillText(loss.toFixed(2), 6, y(loss) + 4);
    c.fillText(`step ${steps}`, box.width - 70, box.height - 6);
    for (const [rows, colour, name, row] of [[state.loss, ink, "what it learns from", 0], [state.held_out, accent, "held out", 1]]) {
      if (!rows.length) continue;
      c.strokeStyle = c.fillStyle = colour;
      c.globalAlpha = row ? 1 : 0.55;
      c.lineWidth = 2;
      c.beginPath();
      rows.forEach(([step, loss], i) => (i ? c.lineTo(x(step), y(loss)) : c.moveTo(x(step), y(loss))));
      c.stroke();
      for (const [step, loss] of rows) { c.beginPath(); c.arc(x(step), y(loss), 2.5, 0, 7); c.fill(); }
      c.fillText(name, 50 + 150 * row, box.height - 6);
    }
    c.globalAlpha = 1;
    const last = (rows) => rows.at(-1)?.[1].toFixed(3) ?? "none yet";
    canvas.setAttribute("aria-label", `Loss in nats a token: ${last(state.loss)}; held out: ${last(state.held_out)}`);
  }
  function showAll() {
    showFiles();
    const begun = state.seconds > 0;
    $("progress").hidden = !begun;
    $("train-missing").hidden = !state.missing;
    $("train-missing").textContent = state.missing;
    $("train-stop").disabled = !state.running;
    $("train-hear").disabled = !(state.ready || state.can_sample);
    $("train-save").disabled = $("train-use").disabled = !state.ready;
    if (begun) {
      const stage = STAGES[state.stage - 1] ?? "starting";
      $("stage-said").textContent = state.ready ? `${state.name} is ready.` : state.running ? `${stage} … (${state.stage} of 4, ${minutes(state.seconds)})` : state.said || "stopped";
      $("stage-bar").value = state.ready ? 4 : state.stage;
      $("figures").textContent = state.ready ? state.said : "";
      $("figures").hidden = !state.ready;
      curve();
    }
    clearTimeout(timer);
    if (state.running) timer = setTimeout(follow, 2000);
  }
  async function follow() {
    try {
      const was = state.running;
      state = await get("/api/train");
      if (was && !state.running && state.ready) tell(`${state.name} is ready: hear it, save it, or use it in Compose.`);
    } catch (error) {
      tell(error.message, "bad");
    }
    showAll();
  }
  showAll();
  return {};
}
