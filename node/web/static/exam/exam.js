// The paper: one question at a time, a tick when the node has it on disk, the time, the map.
// What is sent and when is in exam_answers.js; the node decides about time and answers.

import { ask, askWithToken, signIn } from "../api.js";
import { Answers } from "./exam_answers.js";
import { TimeLeft } from "./exam_clock.js";
import { composes, enhance, ready, response, show } from "./question.js";
import { optionOfKey } from "./response.js";

const room = document.getElementById("exam");
const words = document.getElementById("words").dataset;
const alertBox = document.getElementById("alert");
const sections = [...document.querySelectorAll(".question")];
const cells = [...document.querySelectorAll("#map a")];
const signInBox = document.getElementById("sign-in");
const movedBox = document.getElementById("moved");
const left = new TimeLeft(Number(room.dataset.leftMs));
const names = {
  exam: room.dataset.exam,
  attempt: Number(room.dataset.attempt),
  learner: room.dataset.learner,
  page: room.dataset.page,
};
const limit = Number(room.dataset.limitMs);
const SAVING_AFTER_MS = 300; // sooner it would only flicker
const TYPING_MS = 700; // a text is sent when the hand rests
const CALM_MS = 5 * 60000; // above this minutes are enough
const ASK_MS = 15000; // so soon the page learns of another device, and of a time that is another
const ASK_AGAIN_MS = 2000;
const SOON_MS = 1500; // so near to its end the node's clock and ours may differ
let here = 0;
let leaving = false;
let handingIn = false;
let asked = -ASK_AGAIN_MS;
let composing = null; // the field in which an input method is at work

const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const sectionOf = (question) => sections.find((section) => section.dataset.question === question);
const answers = new Answers({
  api: room.dataset.api, names, tell, clock: () => limit - left.steadyMs,
});

// state: saved | saving | unsaved; an answer taken back shows nothing
function showState(section, state) {
  const tick = section.querySelector(".kept-in");
  const full = Boolean(section.dataset.response);
  tick.hidden = state === "saved" && !full;
  tick.className = `kept-in kept-${state}`;
  const word = words[state];
  if (tick.lastElementChild.textContent !== word) tick.lastElementChild.textContent = word;
  const cell = cells[sections.indexOf(section)];
  cell.classList.toggle("answered", state !== "unsaved" && full);
  cell.classList.toggle("waits", state === "unsaved");
  cell.lastElementChild.textContent =
    state === "unsaved" ? words.unsaved : full ? words.saved : words.empty;
  showCount();
}

function showCount() {
  const n = sections.filter((section) => section.dataset.response).length;
  const text = say(words.count, { n, total: sections.length });
  document.querySelector("#count span").textContent = text;
}

function warn(text) {
  alertBox.hidden = !text;
  alertBox.querySelector("p").textContent = text;
}

function tell(what, question, more) {
  const section = sectionOf(question);
  if (what === "waiting") {
    section.querySelector(".kept-in").hidden = true;
    setTimeout(() => {
      const calm = !answers.failures && !answers.stopped;
      if (answers.waiting.has(question) && calm) showState(section, "saving");
    }, SAVING_AFTER_MS);
  } else if (what === "saved" || what === "elsewhere") {
    section.dataset.response = more.response;
    if (what === "elsewhere") show(section, more.response);
    left.set(more.left_ms);
    showState(section, "saved");
    warn(what === "elsewhere" ? words.elsewhere : "");
    if (answers.unsaved && answers.failures) retrying();
  } else if (what === "failed") {
    retrying(more.words);
  } else if (what === "refused") {
    showState(section, "unsaved");
    warn(more.words || words.unsaved);
  } else if (what === "signed-out") {
    retrying();
    askPin(more);
  } else if (what === "moved") {
    sayMoved();
  } else if (what === "closed") {
    warn(more.words);
    leave();
  }
}

function retrying(reason) {
  for (const question of answers.waiting.keys()) showState(sectionOf(question), "unsaved");
  const text = say(words.retrying, { n: answers.unsaved });
  warn(reason ? `${reason} ${text}` : text);
}

// Time

function tickClock() {
  if (left.unsure && performance.now() - asked > ASK_AGAIN_MS) refreshFromNode();
  const ms = left.ms;
  const calm = ms > CALM_MS;
  const m = calm ? Math.ceil(ms / 60000) : Math.floor(ms / 60000);
  const s = String(Math.floor((ms % 60000) / 1000)).padStart(2, "0");
  const text = say(calm ? words.minutes : words.seconds, { m, s });
  const figure = document.getElementById("left");
  if (figure.textContent !== text) figure.textContent = text;
  document.getElementById("time").classList.toggle("time-left-short", !calm);
  if (ms === 0 && !handingIn && !leaving && !signInBox.open && !movedBox.open) timeIsOver();
}

// Wait at most so long until every answer is on the node's disk; returns whether they are.
async function untilSaved(patienceMs) {
  const until = performance.now() + patienceMs;
  while (answers.unsaved && performance.now() < until) {
    await new Promise((then) => setTimeout(then, 50));
  }
  return !answers.unsaved;
}

async function timeIsOver() {
  handingIn = true;
  const { status, body } = await askState();
  if (status === 200 && (!body.open || body.elsewhere || body.left_ms > SOON_MS)) {
    handingIn = false;
    return take(body);
  }
  warn(words.over);
  for (const section of sections) sendTyped(section);
  await untilSaved(2000);
  const reply = await askWithToken(`${room.dataset.api}/submit`, names);
  if (reply.status === 200) leave(reply.body.url);
  else if (reply.status === 401) askPin(reply.body);
  else warn(words.waiting);
  setTimeout(() => { handingIn = false; }, 5000);
}

function leave(url) {
  leaving = true;
  location.replace(url || room.dataset.done);
}

// What the node holds: the PC may have slept, or another window or device was used.

function askState() {
  const query = new URLSearchParams({ exam: names.exam, attempt: names.attempt, page: names.page });
  return ask(`${room.dataset.api}/state?${query}`);
}

async function refreshFromNode() {
  if (document.hidden || signInBox.open || leaving) return;
  asked = performance.now();
  const { status, body } = await askState();
  if (status === 401) askPin(body);
  else if (status === 200) take(body);
}

function take(body) {
  if (!body.open) return leave(body.url);
  left.set(body.left_ms);
  if (body.elsewhere) return sayMoved();
  for (const section of sections) {
    const kept = body.answers[section.dataset.question];
    if (!kept || answers.waiting.has(section.dataset.question)) continue;
    // Said before an answer that is kept by now.
    if (kept.counter < (answers.counters.get(section.dataset.question) || 0)) continue;
    answers.know(section.dataset.question, kept.counter);
    if (kept.response === section.dataset.response) continue;
    section.dataset.response = kept.response;
    show(section, kept.response);
    showState(section, "saved");
  }
}

// Another device goes on with this paper: no tick here says what is true until it comes back.
function sayMoved() {
  answers.stopped = true;
  room.classList.add("elsewhere");
  if (!movedBox.open && !signInBox.open) movedBox.showModal();
}

async function goOnHere(event) {
  event.preventDefault();
  const { status, body } = await askWithToken(`${room.dataset.api}/take`, names);
  if (status === 401) return askPin(body);
  document.getElementById("moved-wrong").hidden = status === 200;
  if (status !== 200) return;
  movedBox.close();
  room.classList.remove("elsewhere");
  take(body);
  answers.resume();
}

// The sign-in that went away in the middle

function askPin(fault) {
  answers.stopped = true;
  if (movedBox.open) movedBox.close();
  if (fault.error === "other-learner") document.getElementById("sign-in-why").textContent = fault.words;
  if (!signInBox.open) signInBox.showModal();
}

async function signInAgain(event) {
  event.preventDefault();
  const field = document.getElementById("f-again-pin");
  const wrong = document.getElementById("sign-in-wrong");
  const pin = field.value.trim();
  wrong.hidden = true;
  const { status, body } = await signIn(names.learner, pin);
  field.value = "";
  if (status === 200) {
    signInBox.close();
    warn("");
    if (room.classList.contains("elsewhere")) movedBox.showModal();
    else answers.resume();
    return;
  }
  wrong.hidden = false;
  wrong.querySelector("span").textContent = body.words || words.waiting;
  field.focus();
}

// Going from question to question

function go(to, focus = true) {
  here = Math.min(Math.max(to, 0), sections.length - 1);
  sections.forEach((section, place) => { section.hidden = place !== here; });
  cells.forEach((cell, place) => {
    if (place === here) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
  });
  document.getElementById("previous").disabled = here === 0;
  document.getElementById("next").disabled = here === sections.length - 1;
  history.replaceState(null, "", `#q${here + 1}`);
  if (!focus) return;
  const typed = matchMedia("(hover: hover)").matches && sections[here].querySelector('input[type="text"]');
  (typed || sections[here].querySelector("legend")).focus({ preventScroll: true });
  if (sections[here].getBoundingClientRect().top < 0) window.scrollTo(0, 0);
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (composes(event)) return;
  const typing = event.target.matches('input[type="text"]');
  if (typing && event.key === "Enter") {
    event.preventDefault();
    const fields = [...event.target.closest(".question").querySelectorAll('input[type="text"]')];
    const following = fields[fields.indexOf(event.target) + 1];
    if (following) following.focus();
    else go(here + 1);
  }
  if (event.key === "Enter" && event.target.matches("legend, .choice input")) {
    event.preventDefault();
    if (here < sections.length - 1) go(here + 1);
    else document.getElementById("hand-in").focus();
  }
  if (typing || event.target.matches("select, audio")) return;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    go(here + (event.key === "ArrowRight" ? 1 : -1));
    return;
  }
  const option = sections[here].querySelectorAll(".choice input")[optionOfKey(event.key)];
  if (option) {
    event.preventDefault();
    option.focus();
    option.click();
  }
}

let resting = 0;

// What stands in the fields goes to the node; not while an input method composes it.
function sendTyped(section) {
  clearTimeout(resting);
  if (composing && section.contains(composing)) return;
  if (!ready(section)) {
    showState(section, "unsaved");
    section.querySelector(".kept-in").hidden = false;
  } else if (response(section) !== section.dataset.response || answers.waiting.has(section.dataset.question)) {
    answers.set(section.dataset.question, response(section));
  } else showState(section, "saved");
}

function changed(event) {
  const section = event.target.closest(".question");
  if (!section) return;
  clearTimeout(resting);
  if (event.type === "change") return sendTyped(section);
  if (event.target.type !== "text") return;
  // What is being typed is not what the tick speaks of.
  if (response(section) !== section.dataset.response) section.querySelector(".kept-in").hidden = true;
  if (!composing) resting = setTimeout(() => sendTyped(section), TYPING_MS);
}

function compose(event) {
  composing = event.type === "compositionstart" ? event.target : null;
  changed({ type: "input", target: event.target });
}

for (const section of sections) enhance(section, true);
for (const section of sections) answers.know(section.dataset.question, Number(section.dataset.counter));
room.classList.add("scripted");
go((Number(location.hash.replace("#q", "")) || 1) - 1, false);
tickClock();
setInterval(tickClock, 250);
setInterval(refreshFromNode, ASK_MS);
room.addEventListener("change", changed);
room.addEventListener("input", changed);
room.addEventListener("compositionstart", compose);
room.addEventListener("compositionend", compose);
document.addEventListener("keydown", key);
document.addEventListener("visibilitychange", refreshFromNode);
window.addEventListener("focus", refreshFromNode);
window.addEventListener("online", () => answers.resume());
window.addEventListener("hashchange", () => go((Number(location.hash.replace("#q", "")) || 1) - 1));
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
window.addEventListener("beforeunload", (event) => {
  const typed = sections.some((section) => response(section) !== section.dataset.response);
  if (leaving || !(answers.unsaved || typed)) return;
  event.preventDefault();
  event.returnValue = "";
});
document.getElementById("previous").addEventListener("click", () => go(here - 1));
document.getElementById("next").addEventListener("click", () => go(here + 1));
cells.forEach((cell, place) => cell.addEventListener("click", (event) => {
  event.preventDefault();
  go(place);
}));
// What was chosen before this script ran has to be sent like all else.
for (const section of sections) {
  if (response(section) !== section.dataset.response) sendTyped(section);
}
signInBox.addEventListener("cancel", (event) => event.preventDefault());
signInBox.querySelector("form").addEventListener("submit", signInAgain);
movedBox.addEventListener("cancel", (event) => event.preventDefault());
movedBox.querySelector("form").addEventListener("submit", goOnHere);
document.getElementById("paper").addEventListener("submit", async (event) => {
  event.preventDefault();
  document.activeElement.blur(); // a text that was just typed is sent now
  const unfit = sections.findIndex((section) => !ready(section));
  if (unfit >= 0) return go(unfit);
  if (await untilSaved(1500)) location.assign(room.dataset.handIn);
  else document.getElementById("unsaved").showModal();
});
