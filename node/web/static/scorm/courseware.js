// A SCORM package: runs in a frame from another port (stage.js), which has no cookie and can reach
// nothing of ours. This page alone talks with the node: it brings what the package kept, and keeps
// what it says now until the node has it on disk. All that comes from the frame is a claim.

import { ask, askWithToken, sendLast } from "../api.js";
import { say, trouble } from "../study/heartbeat.js";
import { heartbeat, noteActivity } from "../study/reader.js";
import { claimOf, markOf } from "./claim.js";

const PAUSES_MS = [1000, 2000, 4000, 8000];
const GAP_MS = 700; // between two saves: a package that never stops saving must not fill the line
const LEAVE_MS = 3000; // what a package gets to say its last words, and the node to keep them
const MOST_PARTS = 20;
const room = document.getElementById("player");
const stage = document.getElementById("stage");
const own = document.getElementById("scorm-words").dataset;
const kept = document.getElementById("kept");
const claim = document.getElementById("claim");
const cover = document.getElementById("cover");
const { origin, ticket } = stage.dataset;
const { learner, item } = room.dataset;
let frame = null;
let start = null;
let waiting = {}; // part → what the package wants kept
let sending = null; // the same, on its way
let failures = 0;
let timer = 0;
let closed = null; // who waits for the package's last words

// The frame. Where the browser can, it has not even cookies of its own.
function open() {
  frame = document.createElement("iframe");
  frame.credentialless = true;
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-modals allow-downloads");
  frame.allow = "autoplay; fullscreen; unload";
  frame.title = stage.dataset.title;
  frame.src = `${origin}/${ticket}/stage`;
  stage.append(frame);
}

function tellFrame(what, more = {}) {
  if (frame && frame.contentWindow) frame.contentWindow.postMessage({ stage: what, ...more }, origin);
}

async function loadState() {
  for (let tries = 0; !start; tries += 1) {
    const { status, body } = await ask(`/api/scorm/${item}`);
    if (status === 200) start = body;
    else if (status === 401) heartbeat.askPin("");
    else trouble(own.away);
    if (!start) await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
  }
  trouble("");
  open();
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

window.addEventListener("message", (event) => {
  if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
  const message = event.data;
  if (!message || typeof message.scorm !== "string") return;
  if (message.scorm === "ready") tellFrame("begin", start);
  else if (message.scorm === "keep") keep(message.parts);
  else if (message.scorm === "table") draw(message);
  else if (message.scorm === "present") noteActivity();
  else if (message.scorm === "ended") showCover(own.over);
  else if (message.scorm === "closed" && closed) closed();
});

// Keeping

function keep(parts) {
  if (!parts || typeof parts !== "object") return;
  for (const [part, state] of Object.entries(parts).slice(0, MOST_PARTS)) {
    waiting[part] = state;
    if (start) start.kept[part] = state;
  }
  kept.textContent = "";
  if (!timer && !sending) timer = setTimeout(save, failures ? PAUSES_MS[0] : 0);
}

function body(parts) {
  return { learner, item, parts };
}

async function save() {
  clearTimeout(timer);
  timer = 0;
  if (sending || !Object.keys(waiting).length) return;
  if (heartbeat.signedOut) {
    timer = setTimeout(save, PAUSES_MS[0]);
    return;
  }
  const chosen = Object.entries(waiting).slice(0, MOST_PARTS);
  sending = Object.fromEntries(chosen);
  for (const [part] of chosen) delete waiting[part];
  const { status, body: answer } = await askWithToken("/api/scorm", body(sending));
  const sent = sending;
  sending = null;
  if (status === 200) {
    failures = 0;
    trouble("");
    if (!Object.keys(waiting).length) kept.textContent = own.kept;
    timer = setTimeout(save, GAP_MS);
    return;
  }
  if (status === 404) {
    trouble(say("gone"), "line");
    return;
  }
  if (status === 400 || status === 413) { // too much, or nonsense: the node will never take it
    trouble(status === 413 ? own.toomuch : own.refused);
    timer = setTimeout(save, GAP_MS);
    return;
  }
  waiting = { ...sent, ...waiting };
  failures += 1;
  if (status === 401) heartbeat.askPin(answer.error === "other-learner" ? say("other") : "");
  else trouble(answer.words || own.away);
  timer = setTimeout(save, PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
}

// The page goes: what is not on disk yet goes out in a request that outlives it.
function sendRest() {
  const parts = { ...sending, ...waiting };
  if (heartbeat.signedOut || !Object.keys(parts).length) return;
  sendLast("/api/scorm", body(parts));
}

// Give the package time to say where it is, then have it on disk.
async function finish() {
  if (frame) {
    const lastWordsSaid = new Promise((done) => { closed = done; });
    tellFrame("close");
    await Promise.race([lastWordsSaid, pause(LEAVE_MS)]);
    closed = null;
  }
  clearTimeout(timer);
  const until = performance.now() + LEAVE_MS;
  while ((sending || Object.keys(waiting).length) && !failures && performance.now() < until) {
    if (sending) await pause(20);
    else await save();
  }
}

function removeFrame() {
  if (frame) frame.remove();
  frame = null;
}

let leaving = false;

async function leave(event, go) {
  if (leaving || event.defaultPrevented) return;
  event.preventDefault();
  leaving = true;
  await finish();
  go();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (link.getAttribute("href").startsWith("#")) return;
  leave(event, () => { window.location.href = link.href; });
});
document.addEventListener("submit", (event) => {
  if (event.target.method !== "dialog") leave(event, () => event.target.submit());
});
window.addEventListener("pagehide", sendRest);

// Another page or PC goes on with it: here it stops, so that neither undoes the other.
room.addEventListener("stopped", async () => {
  if (heartbeat.signedOut) return;
  await finish();
  removeFrame();
  showCover(own.elsewhere);
});

// Contents and buttons

const parts = new Map([...document.querySelectorAll("[data-part]")].map((button) => [button.dataset.part, button]));
const next = document.getElementById("part-next");
const previous = document.getElementById("part-previous");

function draw(table) {
  const list = Array.isArray(table.rows) ? table.rows : [];
  for (const row of list) {
    const button = parts.get(row.id);
    if (!button) continue;
    const here = row.id === table.current;
    button.disabled = !row.open && !here;
    if (here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    button.dataset.mark = markOf(row.mark);
    const mark = button.querySelector(".part-mark");
    mark.textContent = button.dataset.mark ? own[button.dataset.mark] : "";
  }
  drawClaim(table.claim);
  if (next) next.disabled = !table.next;
  if (previous) previous.disabled = !table.previous;
  if (table.current) cover.hidden = true;
}

// What the package says of itself: shown as its word, never as ours.
function drawClaim(claimed) {
  const { mark, score } = claimOf(claimed);
  const words = [];
  if (mark) words.push(own[mark]);
  if (score) words.push(own.score.replace("{n}", score));
  claim.hidden = !words.length;
  claim.querySelector("b").textContent = words.join(" · ");
}

function showCover(text) {
  cover.hidden = false;
  cover.querySelector("p").textContent = text;
}

for (const [id, button] of parts) {
  button.addEventListener("click", () => {
    tellFrame("go", { request: "choice", id });
    stage.scrollIntoView({ block: "nearest" });
  });
}
if (next) next.addEventListener("click", () => tellFrame("go", { request: "next" }));
if (previous) previous.addEventListener("click", () => tellFrame("go", { request: "previous" }));
document.getElementById("again-here").addEventListener("click", async () => {
  cover.hidden = true;
  removeFrame();
  start = null;
  heartbeat.begin();
  noteActivity();
  await loadState();
});

const full = document.getElementById("full");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else stage.requestFullscreen();
});
// Browsers do not say that the keyboard is in a frame of another port; so we draw the mark.
window.addEventListener("blur", () => {
  if (!frame || document.activeElement !== frame) return;
  stage.classList.add("entered");
  noteActivity();
});
window.addEventListener("focus", () => stage.classList.remove("entered"));

if (origin) loadState();
else trouble(own.closed);
