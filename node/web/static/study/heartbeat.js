// The heartbeat of a page that is studied: what was played or read stays in this page's memory
// until the node says it is on disk, and is sent again for as long as that takes. No storage of
// the browser is used: the PC is shared. player.js and reader.js say what was studied, study.py
// of the node what of it counts.

import { askWithToken, sendLast, signIn } from "../api.js";

const EVERY_MS = 9000; // below the 10 s that a power cut may take
const TOUCHING_S = 0.3;
const MOST_SPANS = 40;
const tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
const words = document.getElementById("words").dataset;
const again = document.getElementById("again");

export const say = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

export function clockOf(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const said = { line: "", page: "" };

// One sentence above the page: what is wrong with the line goes before what the page says.
export function trouble(text, who = "page") {
  said[who] = text;
  const box = document.getElementById("trouble");
  const shown = said.line || said.page;
  box.hidden = !shown;
  box.querySelector("p").textContent = shown;
}

export class Heartbeat {
  // room: the element that names learner and item; heard(answer): draws what the node holds;
  // stop(): somebody else plays, or nobody is signed in: stop playing here
  constructor(room, { heard, stop }) {
    this.names = { learner: room.dataset.learner, item: room.dataset.item, tab };
    this.heard = heard;
    this.stop = stop;
    this.spans = []; // not yet on disk
    this.takesOver = false;
    this.busy = null;
    this.signedOut = false;
    this.ended = false;
    setInterval(() => this.beat(), EVERY_MS);
    window.addEventListener("online", () => this.beat());
    again.addEventListener("cancel", (event) => event.preventDefault());
    again.querySelector("form").addEventListener("submit", (event) => this.signIn(event));
  }

  // [from, to) was studied; what touches the last span makes it longer.
  add(from, to) {
    if (!(to > from)) return;
    const last = this.spans[this.spans.length - 1];
    if (last && Math.abs(from - last[1]) < TOUCHING_S) last[1] = to;
    else this.spans.push([from, to]);
    if (this.spans.length > MOST_SPANS) this.spans.shift();
  }

  get unsaved() {
    return this.spans.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  begin() {
    trouble("", "line");
    this.takesOver = true;
    this.ended = false;
  }

  body(stops) {
    const spans = this.spans.map((span) => span.map((second) => Math.round(second * 100) / 100));
    return { ...this.names, spans, takes_over: this.takesOver, stops };
  }

  // Send what is not on disk yet. One request at a time; what is added meanwhile goes next.
  async beat(stops = false) {
    if (this.busy) await this.busy;
    if (this.signedOut || (!this.spans.length && !stops)) return;
    const body = this.body(stops);
    const sent = this.spans;
    this.spans = [];
    this.sent = sent;
    this.takesOver = false;
    this.busy = askWithToken("/api/study", body).then((reply) => this.take(sent, body, reply));
    await this.busy;
  }

  take(sent, body, { status, body: answer }) {
    this.busy = null;
    this.sent = null;
    if (status === 200) {
      this.spans = join(answer.owed, this.spans);
      if (answer.elsewhere) {
        this.spans = [];
        this.stop();
        trouble(say("elsewhere"), "line");
      } else {
        trouble("", "line");
        this.heard(answer);
      }
      return;
    }
    if (status === 404) { // the course went: nothing here counts any more
      trouble(say("gone"), "line");
      return;
    }
    this.spans = join(sent, this.spans);
    this.takesOver = this.takesOver || body.takes_over;
    if (status === 401) this.askPin(answer.error === "other-learner" ? say("other") : "");
    else trouble(answer.words || say("offline", { time: clockOf(this.unsaved) }), "line");
  }

  // The page is left or hidden: a request that outlives it. Said twice counts once.
  leave(stops) {
    const spans = this.sent ? join(this.sent, this.spans) : this.spans;
    if (this.signedOut || (!spans.length && (!stops || this.ended))) return;
    this.ended = stops;
    sendLast("/api/study", { ...this.body(stops), spans });
  }

  // The sign-in that went away in the middle: asked for here, nothing is lost.

  askPin(why) {
    this.signedOut = true;
    this.stop();
    if (why) document.getElementById("again-why").textContent = why;
    if (!again.open) again.showModal();
  }

  async signIn(event) {
    event.preventDefault();
    const field = document.getElementById("f-again-pin");
    const wrong = document.getElementById("again-wrong");
    const pin = field.value.trim();
    wrong.hidden = true;
    const { status, body } = await signIn(this.names.learner, pin);
    field.value = "";
    if (status === 200) {
      again.close();
      this.signedOut = false;
      this.begin();
      this.beat();
      return;
    }
    wrong.hidden = false;
    wrong.querySelector("span").textContent = body.words || say("late");
    field.focus();
  }
}

function join(first, then) {
  const all = first.map((span) => [...span]);
  for (const [from, to] of then) {
    const last = all[all.length - 1];
    if (last && Math.abs(from - last[1]) < TOUCHING_S) last[1] = to;
    else all.push([from, to]);
  }
  return all.slice(-MOST_SPANS);
}
