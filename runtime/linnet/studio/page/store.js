// What this browser keeps: the pieces of each tab, so that nothing is lost when the server is ended, or the page.

const MOST = 24; // steps that can be undone
const TABS = 3;

let tab = sessionStorage.getItem("linnet.tab");
const fresh = !tab;
if (fresh) {
  tab = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  sessionStorage.setItem("linnet.tab", tab);
}
const KEY = "linnet.studio.";

function kept() {
  return Object.keys(localStorage).filter((key) => key.startsWith(KEY)).sort();
}

const bare = ({ midi, steps, roll, recipe }) => ({ midi, steps, roll, recipe });

/** What was kept last: of this tab, or else of the one before it. */
export function restore() {
  try {
    const own = localStorage.getItem(KEY + tab) ?? localStorage.getItem(kept().at(-1) ?? "");
    const found = JSON.parse(own ?? "null");
    return found?.past?.length ? found : null;
  } catch {
    return null;
  }
}

/** Keeps what can be undone and redone, and the ideas. */
export function keep({ past, at, ideas }) {
  const first = Math.max(0, at - MOST + 1);
  const state = { past: past.slice(first).map(bare), at: at - first, ideas: ideas.map(bare) };
  for (let tries = 0; tries < 5; tries++) {
    try {
      localStorage.setItem(KEY + tab, JSON.stringify(state));
      const all = kept();
      for (const key of all.slice(0, Math.max(0, all.length - TABS))) if (key !== KEY + tab) localStorage.removeItem(key);
      return;
    } catch {
      // There is no more room: what is oldest goes first.
      const oldest = kept().find((key) => key !== KEY + tab);
      if (oldest) localStorage.removeItem(oldest);
      else {
        const half = Math.floor(state.at / 2);
        state.past.splice(0, half);
        state.at -= half;
        state.ideas = [];
      }
    }
  }
}
