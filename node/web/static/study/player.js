// The video: goes on where it was left, tells heartbeat.js which seconds were really played, and
// shows what was watched.

import { Heartbeat, say, trouble } from "./heartbeat.js";
import { beyondEnd, clockOf, gapsIn } from "./spans.js";

const FASTEST = 2;
const MOST_GAPS = 4;
const LATE_S = 10; // by so much a busy browser may be late to say that it plays
const room = document.getElementById("player");
const video = document.getElementById("video");
const seen = document.querySelector("#seen .watched");
const saved = document.getElementById("saved");
const play = document.getElementById("play");
const seconds = Number(room.dataset.seconds) || 1;
let watched = JSON.parse(room.dataset.watched);
let from = null; // the second from which playing goes on without a break
let rest = 0; // the second where the film last stood still
let done = room.dataset.done === "1";
const end = document.getElementById("end");
const said = document.getElementById("end-said").dataset;

const heartbeat = new Heartbeat(room, {
  heard: (answer) => {
    watched = answer.watched;
    document.getElementById("share").textContent = say("share", { n: answer.percent });
    if (answer.done) document.getElementById("following").hidden = false;
    done = answer.done;
    showInRail(answer);
    if (!end.hidden) showEnd();
    saved.textContent = say("saved", { time: clockOf(lastSecond()) });
    draw();
    listGaps();
  },
  stop: () => video.pause(),
});

function lastSecond() {
  const here = watched.find(([start, end]) => start <= video.currentTime + 1 && video.currentTime - 12 <= end);
  return here ? Math.min(here[1], video.currentTime) : video.currentTime;
}

// The item's own row beside the film says the same as the words below it.
function showInRail(answer) {
  const row = document.querySelector(".rail a[aria-current]");
  const mark = row && row.querySelector(".rail-mark");
  if (mark && !answer.done) mark.textContent = `${answer.percent}%`;
  if (!row || !answer.done || row.classList.contains("done")) return;
  row.classList.add("done");
  if (mark) mark.remove();
  const note = row.querySelector("small");
  note.textContent = [note.textContent.split(" · ")[0], said.stepDone].join(" · ");
}

// What was played up to now goes to the heartbeat; playing goes on from here.
function noteSpan() {
  if (from === null) return;
  const to = video.currentTime;
  if (to > from) heartbeat.add(from, to);
  from = to;
}

function stopNoting() {
  noteSpan();
  from = null;
  rest = video.currentTime;
}

// Playing began where the film stood, even if the event comes late.
function beginNoting() {
  if (video.paused || video.seeking || document.hidden) return;
  const since = video.currentTime - rest;
  from = since > 0 && since < LATE_S ? rest : video.currentTime;
}

// A jump: what was played before it ends where playing was, not where it lands.
let before = 0;
function tick() {
  if (video.seeking) return;
  before = video.currentTime;
  noteSpan();
  draw();
}

function jump() {
  if (from !== null && before > from) heartbeat.add(from, before);
  from = null;
  rest = video.currentTime;
}

const svg = (name, values) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  return element;
};

function draw() {
  const scale = 1000 / seconds;
  const rects = [...watched, ...heartbeat.spans].map(([start, end]) =>
    svg("rect", { class: "seen", x: start * scale, width: (end - start) * scale, height: 10 }));
  const at = svg("rect", { class: "at", x: Math.min(996, video.currentTime * scale), width: 4, height: 10 });
  seen.replaceChildren(seen.querySelector(".all"), ...rects, at);
  document.getElementById("at-time").textContent = `${clockOf(video.currentTime)} / ${clockOf(seconds)} · `;
}

function listGaps() {
  const box = document.getElementById("gaps");
  const gaps = watched.length ? gapsIn(watched, seconds).slice(0, MOST_GAPS) : [];
  box.replaceChildren(...(gaps.length ? [say("rest")] : []), ...gaps.map(([start, end]) => {
    const link = document.createElement("a");
    link.href = `?t=${start}`;
    link.textContent = `${clockOf(start)}–${clockOf(end)}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      playFrom(start);
    });
    return link;
  }));
}

// The film is over: what comes next stands over it, where the eyes are.
function showEnd() {
  const gaps = gapsIn(watched, seconds);
  const words = gaps.slice(0, MOST_GAPS).map(([from_, to]) => `${clockOf(from_)}–${clockOf(to)}`);
  document.getElementById("end-words").textContent =
    done || !gaps.length ? said.done : said.gaps.replace("{gaps}", words.join(" "));
  const gap = document.getElementById("end-gap");
  gap.hidden = done || !gaps.length;
  document.getElementById("end-next").classList.toggle("button-quiet", !gap.hidden);
  gap.classList.toggle("button-quiet", gap.hidden);
  const first = end.hidden;
  end.hidden = false;
  if (first) (gap.hidden ? document.getElementById("end-next") : gap).focus({ preventScroll: true });
}

async function ended() {
  stopNoting();
  if (document.fullscreenElement) document.exitFullscreen();
  heartbeat.ended = true;
  await heartbeat.beat();
  const beyond = beyondEnd(watched, video.currentTime, seconds);
  if (beyond) heartbeat.add(...beyond);
  await heartbeat.beat(true);
  if (video.ended) showEnd();
}

function full() {
  if (video.requestFullscreen) video.requestFullscreen().catch(() => {});
  else if (video.webkitEnterFullscreen) video.webkitEnterFullscreen();
}

function playFrom(second) {
  video.currentTime = Math.min(Math.max(0, second), (video.duration || seconds) - 0.5);
  video.play().catch(() => {});
}

function toggle() {
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

const skip = (by) => { video.currentTime = Math.min(Math.max(0, video.currentTime + by), video.duration || seconds); };

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const inControl = event.target.closest("a, button, input");
  if (event.key === " " && !inControl) toggle();
  else if (event.key === "ArrowLeft" && !event.target.closest("input")) skip(-10);
  else if (event.key === "ArrowRight" && !event.target.closest("input")) skip(10);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function showPlaying() {
  play.classList.toggle("playing", !video.paused);
  if (!video.paused) end.hidden = true;
  play.querySelector("span").textContent = say(video.paused ? "play" : "pause");
  if (video.paused && !video.ended) saved.textContent = say("paused");
  else if (!video.paused) saved.textContent = say("counting");
}

function resume() {
  const at = Number(video.dataset.at);
  if (at > 0 && at < video.duration) video.currentTime = at;
  rest = before = video.currentTime;
  draw();
}

room.classList.add("scripted");
video.controls = false;
if (video.readyState >= 1) resume();
else video.addEventListener("loadedmetadata", resume, { once: true });
listGaps();
draw();

video.addEventListener("timeupdate", tick);
video.addEventListener("seeking", jump);
video.addEventListener("seeked", () => { before = video.currentTime; beginNoting(); draw(); });
video.addEventListener("playing", () => { beginNoting(); showPlaying(); });
video.addEventListener("waiting", stopNoting);
video.addEventListener("play", () => { heartbeat.begin(); trouble(""); });
video.addEventListener("pause", () => {
  if (!video.seeking) stopNoting();
  showPlaying();
  heartbeat.beat();
});
video.addEventListener("ended", ended);
video.addEventListener("click", toggle);
video.addEventListener("error", () => trouble(say("fault")));
video.addEventListener("ratechange", () => {
  if (video.playbackRate > FASTEST) video.playbackRate = FASTEST;
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return;
  video.pause();
  stopNoting();
  heartbeat.leave(false);
});
window.addEventListener("pagehide", () => { stopNoting(); heartbeat.leave(true); });
document.addEventListener("keydown", key, true);
play.addEventListener("click", toggle);
for (const button of document.querySelectorAll("[data-skip]")) {
  button.addEventListener("click", () => skip(Number(button.dataset.skip)));
}
const speeds = [...document.querySelectorAll("[data-speed]")];
for (const button of speeds) {
  button.addEventListener("click", () => {
    video.playbackRate = Number(button.dataset.speed);
    for (const other of speeds) other.setAttribute("aria-pressed", String(other === button));
  });
}
document.getElementById("volume").addEventListener("input", (event) => {
  video.volume = Number(event.target.value) / 100;
  video.muted = video.volume === 0;
});
document.getElementById("full").addEventListener("click", full);
document.addEventListener("fullscreenchange", () => { video.controls = Boolean(document.fullscreenElement); });
const subtitles = document.getElementById("subtitles");
if (subtitles) {
  subtitles.addEventListener("click", () => {
    const shown = video.textTracks[0].mode !== "showing";
    video.textTracks[0].mode = shown ? "showing" : "hidden";
    subtitles.setAttribute("aria-pressed", String(shown));
  });
}
document.getElementById("end-again").addEventListener("click", () => playFrom(0));
document.getElementById("end-gap").addEventListener("click", () => {
  const [gap] = gapsIn(watched, seconds);
  playFrom(gap ? gap[0] : 0);
});
seen.addEventListener("click", (event) => {
  const box = seen.getBoundingClientRect();
  playFrom(seconds * (event.clientX - box.left) / box.width);
});
