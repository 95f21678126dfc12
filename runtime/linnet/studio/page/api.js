// What the page asks the studio's server for. The token stands at the end of the address, after the #.

let token = location.hash.slice(1) || sessionStorage.getItem("linnet.token") || "";
if (token) sessionStorage.setItem("linnet.token", token);

export const getToken = () => token;
export function setToken(text) {
  token = text.trim();
  sessionStorage.setItem("linnet.token", token);
}

export class Refused extends Error {
  constructor(words, status) { super(words); this.status = status; }
}

async function ask(path, init = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...init, headers: { "x-linnet-token": token, ...init.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The studio does not answer. Is it still running in the terminal? Your pieces are safe here.", 0);
  }
  if (!answer.ok) {
    let words = `${answer.status} ${answer.statusText}`;
    try { words = (await answer.json()).error ?? words; } catch { /* not ours */ }
    throw new Refused(words, answer.status);
  }
  return answer;
}

export const get = async (path) => (await ask(path)).json();
export const post = async (path, body, signal) => (await postRaw(path, body, signal)).json();
export const postRaw = (path, body, signal) =>
  ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" }, signal });
export const send = async (path, file) => (await ask(path, { method: "POST", body: file })).json();

/** A WebSocket that has shown the token. */
export function socket(path) {
  const made = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
  made.binaryType = "arraybuffer";
  made.addEventListener("open", () => made.send(JSON.stringify({ token })));
  return made;
}

export function download(data, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data instanceof Blob ? data : new Blob([data]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
