// The heartbeat of a page that is studied: what was played or read stays in this page's memory
// until the node says it is on disk, and is sent again for as long as that takes. No storage of
// the browser is used: the PC is shared. player.js and reader.js say what was studied; the
// node's study.py says how much of it counts.

import { askWithToken, sendLast, signIn } from "../api.js";
import { added, clockOf, joined, rounded, secondsIn } from "./spans.js";

const EVERY_MS = 9000; // below the 10 s that a power cut may take
const tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
const words = document.getElementById("words").dataset;
const signInBox = document.getElementById("again");

export const say = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

const messages = { line: "", page: "" };

// One sentence above the page: what is wrong with the line ("line") goes before what the page has
// to say ("page").
export function trouble(text, who = "page") {
  messages[who] = text;
  const box = document.getElementById("trouble");
  const shown = messages.line || messages.page;
  box.hidden = !shown;
  box.querySelector("p").textContent = shown;
}

export class Heartbeat {
  // room: the element that names learner and item; heard(answer): shows what the node holds now;
  // stop(): stops playing, for another page plays or nobody is signed in
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
    signInBox.addEventListener("cancel", (event) => event.preventDefault());
    signInBox.querySelector("form").addEventListener("submit", (event) => this.signIn(event));
  }

  // [from, to) was studied.
  add(from, to) {
    this.spans = added(this.spans, from, to);
  }

  begin() {
    trouble("", "line");
    this.takesOver = true;
    this.ended = false;
  }

  body(stops) {
    return { ...this.names, spans: rounded(this.spans), takes_over: this.takesOver, stops };
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
      this.spans = joined(answer.owed, this.spans);
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
    this.spans = joined(sent, this.spans);
    this.takesOver = this.takesOver || body.takes_over;
    if (status === 401) this.askPin(answer.error === "other-learner" ? say("other") : "");
    else trouble(answer.words || say("offline", { time: clockOf(secondsIn(this.spans)) }), "line");
  }

  // The page is left or hidden: a request that outlives it. A span that comes twice counts once.
  leave(stops) {
    const spans = this.sent ? joined(this.sent, this.spans) : this.spans;
    if (this.signedOut || (!spans.length && (!stops || this.ended))) return;
    this.ended = stops;
    sendLast("/api/study", { ...this.body(stops), spans });
  }

  // The sign-in ended in the middle: it is asked for on this page, so nothing is lost.
  askPin(why) {
    this.signedOut = true;
    this.stop();
    if (why) document.getElementById("again-why").textContent = why;
    if (!signInBox.open) signInBox.showModal();
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
      signInBox.close();
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
