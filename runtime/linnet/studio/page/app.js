// The page: its tabs, its door, and what each panel needs to know of the server.

import { get, getToken, setToken } from "./api.js";
import { $, h, tell } from "./dom.js";

const PANELS = [...document.querySelectorAll("[role=tab]")].map((tab) => tab.id.slice(4));
const started = {};

async function about() {
  for (;;) {
    try {
      if (!getToken()) throw Object.assign(new Error(), { status: 401 });
      return await get("/api/about");
    } catch (error) {
      if (error.status !== 401) {
        tell(error.message, "bad");
        await new Promise((go) => setTimeout(go, 3000));
        continue;
      }
      if (getToken()) tell(error.message, "bad");
      await new Promise((go) => {
        $("door").addEventListener("close", go, { once: true });
        $("door").showModal();
      });
      setToken($("token").value);
    }
  }
}

/** A panel that another package brings comes with its own files, where that is installed. */
async function furnish(name, info) {
  const panel = $(name);
  if (!("guest" in panel.dataset)) return true;
  if (!info.panels.includes(name)) return false;
  document.head.append(h("link", { rel: "stylesheet", href: `${name}.css` }));
  panel.innerHTML = await (await fetch(`${name}.html`)).text();
  return true;
}

async function show(name, info) {
  for (const each of PANELS) {
    const tab = $(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    $(each).hidden = each !== name;
    if (each !== name) started[each]?.leave?.();
  }
  if (!started[name] && (await furnish(name, info))) started[name] = await (await import(`./${name}.js`)).start(info, { show: (other) => show(other, info), panels: started });
}

const info = await about();
for (const name of PANELS) $(`tab-${name}`).addEventListener("click", () => show(name, info));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const here = PANELS.findIndex((name) => $(`tab-${name}`) === document.activeElement);
  const next = $(`tab-${PANELS[(here + step + PANELS.length) % PANELS.length]}`);
  next.focus();
  next.click();
});
await show("compose", info);
document.body.dataset.ready = "true";
