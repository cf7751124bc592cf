// The run time of SCORM 1.2: one API for each part that is opened; parts in any order, as far as
// their prerequisites allow.

import { Scorm12API } from "/vendor/scorm-again-3.4.3/scorm12.min.js";
import { bounded, bring, collected, entryOf, isGroup, isName, plain, rows } from "./runtime.js";
import { isAllowed } from "./stage_prerequisites.js";

const SETTINGS = { autocommit: false, lmsCommitUrl: false, logLevel: 5, autoCompleteLessonStatus: true };
const KEYWORD = 402; // "Invalid set value, element is a keyword"
const UNKNOWN = 401;
const NO_TIME = "0000:00:00.00"; // RTE 1.2 §3.4.4: packages add to it

export class Runtime {
  constructor({ activities, learner, kept }, { changed }) {
    this.activities = activities;
    this.parts = activities.filter((activity) => activity.launch);
    this.learner = learner;
    this.kept = kept; // part → {cmi, exit, over}
    this.changed = changed;
    this.current = null;
    this.api = null;
    this.dirty = new Set();
    window.API = this.face();
  }

  // Where the learner was, else the first part that is open.
  first() {
    const last = this.parts.find((part) => part.id === (this.kept[""] || {}).last);
    return last || this.parts.find((part) => !part.hidden && this.isOpen(part)) || this.parts[0];
  }

  open(activity) {
    this.current = activity;
    this.api = this.newApi(activity);
    this.kept[""] = { last: activity.id };
    this.dirty.add("");
    if (!activity.sco) this.keep(activity.id, { cmi: { core: { lesson_status: "completed" } }, over: true });
  }

  newApi(activity) {
    const api = new Scorm12API(SETTINGS);
    const kept = this.kept[activity.id];
    const cmi = kept && kept.cmi ? JSON.parse(JSON.stringify(kept.cmi)) : {};
    cmi.core = {
      ...cmi.core,
      student_id: this.learner.id,
      student_name: this.learner.name,
      credit: "credit",
      lesson_mode: "normal",
      entry: entryOf(kept),
      total_time: (cmi.core || {}).total_time || NO_TIME,
    };
    cmi.launch_data = activity.data;
    cmi.student_data = {
      mastery_score: activity.mastery,
      max_time_allowed: activity.longest,
      time_limit_action: activity.timeAction,
    };
    bring(api, cmi);
    return api;
  }

  face() {
    const call = (name, ...values) => (this.api ? this.api[name](...values) : "false");
    return Object.freeze({
      version: "1.2",
      LMSInitialize: () => {
        // A page that loads again begins again.
        if (this.api && this.api.isTerminated() && this.current) this.api = this.newApi(this.current);
        return call("LMSInitialize", "");
      },
      LMSGetValue: (name) => {
        const isValue = isName(name) && !(this.api && isGroup(this.api, name));
        return isValue ? plain(call("LMSGetValue", name)) : this.refuse(name, UNKNOWN, "");
      },
      LMSSetValue: (name, value) => {
        if (!isName(name)) return this.refuse(name, UNKNOWN, "false");
        if (this.api && isGroup(this.api, name)) return this.refuse(name, KEYWORD, "false");
        return this.noted(call("LMSSetValue", name, plain(value)));
      },
      LMSCommit: () => this.noted(call("LMSCommit", ""), true),
      LMSFinish: () => this.noted(call("LMSFinish", ""), true),
      LMSGetLastError: () => call("LMSGetLastError"),
      LMSGetErrorString: (code) => call("LMSGetErrorString", plain(code)),
      LMSGetDiagnostic: (code) => call("LMSGetDiagnostic", plain(code)),
    });
  }

  refuse(name, code, answer) {
    if (this.api) this.api.throwSCORMError(plain(name).slice(0, 200), code);
    return answer;
  }

  noted(answer, now = false) {
    if (this.current && this.api && answer === "true") {
      this.dirty.add(this.current.id);
      this.changed(now);
    }
    return answer;
  }

  // The page of the part is gone. What it did not end itself is ended here.
  close() {
    if (this.api && this.api.isInitialized()) window.API.LMSFinish("");
    if (this.current) this.take();
    this.current = null;
    this.api = null;
  }

  take() {
    if (!this.dirty.has(this.current.id) || !this.api || this.api.isNotInitialized()) return;
    const over = this.api.isTerminated();
    const { cmi } = this.api.renderCMIToJSONObject();
    const { exit } = cmi.core;
    const total = over ? this.api.cmi.getCurrentTotalTime() : this.api.cmi.core.total_time;
    for (const name of ["student_id", "student_name", "credit", "lesson_mode", "entry", "exit", "session_time"]) {
      delete cmi.core[name];
    }
    cmi.core.total_time = total || "";
    delete cmi.launch_data;
    delete cmi.student_data;
    this.keep(this.current.id, { cmi: bounded(cmi), exit, over });
  }

  keep(id, state) {
    this.kept[id] = state;
    this.dirty.add(id);
  }

  collect() {
    if (this.current) this.take();
    return collected(this.kept, this.dirty);
  }

  status(activity) {
    const kept = this.kept[activity.id];
    return (kept && kept.cmi && kept.cmi.core && kept.cmi.core.lesson_status) || "not attempted";
  }

  mark(activity) {
    const status = this.status(activity);
    if (status === "passed" || status === "completed") return "done";
    if (status === "failed") return "failed";
    return this.kept[activity.id] ? "begun" : "";
  }

  isOpen(activity) {
    if (!activity.prerequisites) return true;
    const status = (id) => {
      const named = this.activities.find((other) => other.id === id);
      return named ? this.statusWithin(named) : "not attempted";
    };
    return isAllowed(activity.prerequisites, status);
  }

  // A heading is completed when all in it is.
  statusWithin(activity) {
    if (activity.launch) return this.status(activity);
    const place = this.activities.indexOf(activity);
    const inside = this.activities.filter((other) => other.parent === place && other !== activity);
    return inside.every((other) => ["passed", "completed"].includes(this.statusWithin(other)))
      ? "completed" : "incomplete";
  }

  beside(step) {
    const shown = this.parts.filter((part) => !part.hidden || part === this.current);
    const at = shown.indexOf(this.current);
    const part = at < 0 ? undefined : shown[at + step];
    return part && this.isOpen(part) ? part : null;
  }

  partFor(request, id) {
    if (request === "next") return this.beside(1);
    if (request === "previous") return this.beside(-1);
    const part = this.parts.find((other) => other.id === id);
    return part && this.isOpen(part) ? part : null;
  }

  may(request, id) {
    this.next = this.partFor(request, id);
    return Boolean(this.next);
  }

  perhaps() {
    return false;
  }

  go(request, id) {
    return (request === "choice" && this.partFor(request, id)) || this.next;
  }

  // What the package says of the part that is open.
  claim() {
    const kept = this.current && this.kept[this.current.id];
    if (!kept || !kept.cmi) return null;
    return { mark: this.mark(this.current), score: ((kept.cmi.core || {}).score || {}).raw || "" };
  }

  table() {
    return {
      current: this.current ? this.current.id : "",
      rows: rows(this.activities, (part) => this.mark(part), (part) => this.isOpen(part)),
      claim: this.claim(),
      previous: Boolean(this.beside(-1)),
      next: Boolean(this.beside(1)),
    };
  }
}
