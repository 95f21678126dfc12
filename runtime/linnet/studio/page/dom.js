// Small helpers for the page.

export const $ = (id) => document.getElementById(id);

/** An element: h("button", {class: "x", onclick: f}, "words", other). */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((each) => each != null));
  return made;
}

export function options(select, rows, chosen) {
  select.replaceChildren(...rows.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
}

/** Buttons that say who plays, in the colours of the roll; toggle(number) makes one heard or not. */
export function whoPlays(list, { voices, ink }, tracks, silent, toggle) {
  list.replaceChildren(...tracks.map((track, i) => {
    const dot = h("i");
    dot.style.background = track.drum ? ink : voices[i % voices.length];
    const role = track.role && track.role !== track.name.toLowerCase() ? h("small", {}, track.role) : null;
    return h("li", {}, h("button", { type: "button", "aria-pressed": String(!silent.has(i)), title: "Heard or not", onclick: () => toggle(i) }, dot, track.name, role));
  }));
}

let timer = 0;
/** A line at the foot of the page, which a screen reader says. */
export function tell(words, kind = "") {
  const line = $("said");
  line.textContent = words;
  line.className = `said ${words ? "shown" : ""} ${kind}`;
  clearTimeout(timer);
  if (words) timer = setTimeout(() => line.classList.remove("shown"), kind === "bad" ? 9000 : 4000);
}

/** Runs what a button does; while it runs the button waits, and trouble is told. */
export async function doing(button, work) {
  if (button?.getAttribute("aria-busy") === "true") return undefined;
  button?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") tell(error.message, "bad");
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

export const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Pages that came over the network without a certificate have no clipboard but this.
    const area = h("textarea", { "aria-hidden": "true" });
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  tell("Copied.");
}
