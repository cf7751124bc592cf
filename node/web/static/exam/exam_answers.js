// Answers on their way to the node: kept in this page's memory until the node says they are on
// disk, retried for as long as it takes. No storage of the browser is used: the PC is shared.
// exam.js draws what happens here.

import { askWithToken } from "../api.js";

const PAUSES_MS = [1000, 2000, 4000, 8000];

export class Answers {
  // api: "/api/exam" or "/api/mock"; names: {exam, attempt, learner}; clock(): milliseconds of the
  // attempt; tell(what, question, more): draws what happened; ask(path, body) and later(work, ms)
  // are given by tests.
  constructor({ api, names, clock, tell, ask = askWithToken, later = setTimeout }) {
    this.api = api;
    this.names = names;
    this.clock = clock;
    this.tell = tell;
    this.ask = ask;
    this.later = (work, ms) => later(work, ms); // setTimeout must be called without an object
    this.counters = new Map();
    this.waiting = new Map(); // question → {response, counter}
    this.failures = 0;
    this.busy = false;
    this.stopped = false; // signed out, closed or on another device: nothing is sent
    this.timer = 0;
  }

  // What the node is known to hold.
  know(question, counter) {
    this.counters.set(question, Math.max(counter, this.counters.get(question) || 0));
  }

  // The learner's newest answer: its counter is later than any that this question had.
  set(question, response) {
    const counter = Math.max(Math.round(this.clock()), (this.counters.get(question) || 0) + 1);
    this.counters.set(question, counter);
    this.waiting.set(question, { response, counter });
    this.tell("waiting", question);
    if (!this.timer || this.failures === 0) this.send();
  }

  get unsaved() {
    return this.waiting.size;
  }

  resume() {
    this.stopped = false;
    this.failures = 0;
    this.send();
  }

  async send() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.busy || this.stopped || !this.waiting.size) return;
    this.busy = true;
    const [question, act] = this.waiting.entries().next().value;
    const reply = await this.ask(`${this.api}/answer`, { ...this.names, question, ...act });
    this.busy = false;
    this.take(question, act, reply);
    if (this.stopped || !this.waiting.size) return;
    const pause = this.failures ? PAUSES_MS[Math.min(this.failures, PAUSES_MS.length) - 1] : 0;
    if (pause) this.timer = this.later(() => this.send(), pause);
    else this.send();
  }

  take(question, act, { status, body }) {
    const newest = this.waiting.get(question) === act;
    if (status === 200) {
      this.failures = 0;
      this.know(question, body.counter);
      if (newest) {
        this.waiting.delete(question);
        const other = body.counter !== act.counter && body.response !== act.response;
        this.tell(other ? "elsewhere" : "saved", question, body);
      }
    } else if (status === 401) {
      this.stopped = true;
      this.tell("signed-out", question, body);
    } else if (status === 423) { // another device has this paper; what waits here stays
      this.stopped = true;
      this.tell("moved", question, body);
    } else if (status === 409) {
      this.stopped = true;
      this.waiting.clear();
      this.tell("closed", question, body);
    } else if (status === 400 || status === 404) {
      if (newest) this.waiting.delete(question);
      this.tell("refused", question, body);
    } else {
      this.failures += 1;
      this.tell("failed", question, body);
    }
  }
}
