// Pages, documents and packages: a reading clock that runs while the page is in sight and somebody is
// present. heartbeat.js keeps what it counted; courseware.js says when somebody is busy in a package.

import { Heartbeat, say, trouble } from "./heartbeat.js";
import { clockOf } from "./spans.js";

const IDLE_MS = 60000;
// A phone opens a document outside our page: up to so long away counts as reading.
const LONGEST_AWAY_S = 300;
const TICK_MS = 1000;
const room = document.getElementById("player");
const seconds = Number(room.dataset.seconds) || 1;
const clock = document.getElementById("clock");
const saved = document.getElementById("saved");
let read = JSON.parse(room.dataset.watched).reduce((last, [, end]) => Math.max(last, end), 0);
let last = performance.now();
let active = last;
let away = 0; // since when a document is read outside
let idle = false;

export const heartbeat = new Heartbeat(room, {
  heard: (answer) => {
    saved.textContent = say("saved", { time: clockOf(Math.min(read, seconds)) });
    if (answer.done) document.getElementById("following").hidden = false;
  },
  stop: () => {
    active = -Infinity;
    room.dispatchEvent(new Event("stopped"));
  },
});

function draw() {
  const shown = Math.min(read, seconds);
  clock.querySelector("progress").value = shown;
  clock.querySelector(".bar-text").textContent = say("read", { a: clockOf(shown), b: clockOf(seconds) });
}

function count(passed) {
  heartbeat.add(read, read + passed);
  read += passed;
  draw();
}

function tick() {
  const now = performance.now();
  const passed = Math.min((now - last) / 1000, 5); // the PC slept
  last = now;
  if (document.hidden || heartbeat.signedOut) return;
  const present = now - active < IDLE_MS;
  if (present) count(passed);
  if (present === idle) {
    idle = !present;
    trouble(idle && active > 0 ? say("idle") : "");
    if (idle) heartbeat.beat();
    else heartbeat.begin();
  }
}

export function noteActivity() {
  active = performance.now();
}

function visibilityChanged() {
  if (document.hidden) {
    heartbeat.leave(false);
    return;
  }
  last = performance.now();
  noteActivity();
  if (away) count(Math.min((last - away) / 1000, LONGEST_AWAY_S));
  away = 0;
}

heartbeat.begin();
draw();
setInterval(tick, TICK_MS);
for (const type of ["scroll", "keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
  window.addEventListener(type, noteActivity, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", visibilityChanged);
window.addEventListener("pagehide", () => heartbeat.leave(true));
for (const link of document.querySelectorAll("[data-open]")) {
  link.addEventListener("click", () => { away = performance.now(); });
}
