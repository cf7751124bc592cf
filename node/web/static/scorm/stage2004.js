// The run time of SCORM 2004: one API with the package's activity tree. What comes next, what may be
// chosen and what rolls up is scorm-again's sequencing; here is what it needs and what is kept.

import { Scorm2004API } from "/vendor/scorm-again-3.4.3/scorm2004.min.js";
import { GET_FAILED, Legal, SET_FAILED, UNKNOWN } from "./stage_legal.js";
import { bounded, bring, collected, entryOf, isGroup, isName, plain, rows } from "./runtime.js";

const STORE = /^adl\.data\.\d+\.store$/; // what activities share
const MAX_STORES_CHARS = 200000; // of all together: they are kept with the state of sequencing
const REQUESTS = { next: "continue", previous: "previous", choice: "choice" };
const SEQUENCE = "sequence";

// The parts that a learner may choose, as far as the tree alone says.
function choosableIn(cluster, ids) {
  for (const child of cluster.children || []) {
    if (cluster.sequencingControls.choice) ids.add(child.id);
    choosableIn(child, ids);
  }
  return ids;
}

export class Runtime {
  constructor({ activities, learner, kept, sequencing }, { changed, follow }) {
    this.activities = activities;
    this.learner = learner;
    this.kept = kept; // part → {cmi, exit, over}; "" → {last, sequence}
    this.changed = changed;
    this.follow = follow;
    this.current = null;
    this.delivered = null;
    this.ended = false;
    this.leaving = false;
    this.shared = false; // something was put into what activities share
    this.validity = { continue: false, previous: false, choice: {} };
    this.dirty = new Set();
    this.api = new Scorm2004API({
      autocommit: false,
      lmsCommitUrl: false,
      logLevel: 5,
      globalObjectiveIds: [],
      sequencing: {
        activityTree: sequencing,
        eventListeners: {
          onActivityDelivery: (activity) => { this.delivered = activity.id; },
          onNavigationValidityUpdate: (validity) => { this.validity = validity; },
          onSequencingSessionEnd: () => { this.ended = true; },
        },
      },
    });
    this.legal = new Legal(this.api);
    this.choosable = choosableIn(sequencing, new Set());
    this.fresh = JSON.parse(this.api.serializeSequencingState());
    window.API_1484_11 = this.face();
  }

  part(id) {
    return this.activities.find((activity) => activity.id === id && activity.launch) || null;
  }

  // Where the learner was, else where sequencing starts, else the first part that may be chosen.
  first() {
    const kept = (this.kept[""] || {})[SEQUENCE];
    if (kept && this.restore(kept)) {
      const at = this.api.getSequencingState().currentActivity;
      // Left by "suspend all", it goes on by "resume all".
      const resumed = !at && (kept.sequencing || {}).suspendedActivity && this.process("resumeAll");
      if (resumed) return resumed;
      const part = at && this.part(at.id);
      if (part) return part;
    }
    return this.process("start") || this.firstChoice();
  }

  firstChoice() {
    for (const activity of this.activities) {
      if (!activity.launch || activity.hidden) continue;
      const part = this.process("choice", activity.id);
      if (part) return part;
    }
    return null;
  }

  // Ask sequencing; what it delivers, or null.
  process(request, id) {
    this.delivered = null;
    try {
      this.api.processNavigationRequest(request, id);
    } catch (fault) {
      console.error(fault);
    }
    return this.delivered ? this.part(this.delivered) : null;
  }

  open(activity) {
    const first = this.current === null && this.api.isNotInitialized();
    this.current = activity;
    this.ended = false;
    if (!first || !this.api.isNotInitialized()) this.api.reset({}, { preserveListeners: true });
    this.load(activity);
    this.keepSequence();
    if (!activity.sco) this.keep(activity.id, { cmi: { completion_status: "completed" }, over: true });
  }

  load(activity) {
    const kept = this.kept[activity.id];
    const cmi = kept && kept.cmi ? JSON.parse(JSON.stringify(kept.cmi)) : {};
    const set = (name, value) => { if (value) cmi[name] = value; };
    set("learner_id", this.learner.id);
    set("learner_name", this.learner.name);
    set("launch_data", activity.data);
    set("max_time_allowed", activity.longest);
    set("time_limit_action", activity.timeAction);
    set("scaled_passing_score", activity.passing);
    set("completion_threshold", activity.threshold);
    cmi.credit = "credit";
    cmi.mode = "normal";
    cmi.entry = entryOf(kept);
    bring(this.api, cmi);
    this.legal = new Legal(this.api);
  }

  face() {
    const { api } = this;
    return Object.freeze({
      version: "1.0",
      Initialize: () => {
        if (!this.current) return "false";
        if (api.isTerminated()) { // a page that loads again begins again
          api.reset({}, { preserveListeners: true });
          this.load(this.current);
        }
        return api.Initialize("");
      },
      GetValue: (name) => {
        if (name === "") return this.refuse(name, GET_FAILED, "");
        if (!isName(name) || isGroup(api, name)) return this.refuse(name, UNKNOWN, "");
        const fault = api.isInitialized() && this.legal.faultOfGet(name);
        return fault ? this.refuse(name, fault, "") : plain(this.legal.get(name));
      },
      SetValue: (name, value) => {
        if (name === "") return this.refuse(name, SET_FAILED, "false");
        if (!isName(name)) return this.refuse(name, UNKNOWN, "false");
        if (isGroup(api, name)) return this.refuse(name, UNKNOWN, "false");
        const fault = api.isInitialized() && this.legal.faultOfSet(name);
        if (fault) return this.refuse(name, fault, "false");
        if (STORE.test(name) && this.storedChars() + plain(value).length > MAX_STORES_CHARS) {
          return this.refuse(name, SET_FAILED, "false");
        }
        // The learner has already chosen where to go.
        if (this.leaving && name === "adl.nav.request") return "true";
        this.shared = this.shared || STORE.test(name);
        return this.noted(this.legal.set(name, plain(value)));
      },
      Commit: () => this.noted(api.Commit(""), true),
      Terminate: () => this.terminate(),
      GetLastError: () => api.GetLastError(),
      GetErrorString: (code) => api.GetErrorString(plain(code)),
      GetDiagnostic: (code) => api.GetDiagnostic(plain(code)),
    });
  }

  storedChars() {
    const stores = Object.values(this.api.adl.captureSharedDataSnapshot());
    return stores.reduce((sum, text) => sum + text.length, 0);
  }

  refuse(name, code, answer) {
    this.api.throwSCORMError(plain(name).slice(0, 200), code);
    return answer;
  }

  noted(answer, now = false) {
    if (this.current && answer === "true") {
      this.dirty.add(this.current.id);
      this.changed(now);
    }
    return answer;
  }

  // The package ends a part, and may say where to go then.
  terminate() {
    if (!this.current) return "false";
    const asks = !this.leaving && this.api.adl.nav.request;
    this.delivered = null;
    const answer = this.api.Terminate("");
    if (answer !== "true") return answer;
    this.dirty.add(this.current.id);
    this.take();
    this.keepSequence();
    this.changed(true);
    if (asks && asks !== "_none_") {
      const next = this.delivered && this.part(this.delivered);
      if (next || this.ended) this.follow(next);
    }
    return answer;
  }

  close() {
    if (this.current && this.api.isInitialized()) {
      this.leaving = true;
      window.API_1484_11.Terminate("");
      this.leaving = false;
    }
    if (this.current) this.take();
  }

  take() {
    if (!this.dirty.has(this.current.id) || this.api.isNotInitialized()) return;
    const over = this.api.isTerminated();
    const { cmi } = this.api.renderCMIToJSONObject();
    const { exit } = cmi;
    for (const name of ["learner_id", "learner_name", "credit", "mode", "entry", "exit", "session_time",
      "launch_data", "max_time_allowed", "time_limit_action", "scaled_passing_score",
      "completion_threshold", "comments_from_lms"]) delete cmi[name];
    this.keep(this.current.id, { cmi: bounded(cmi), exit, over });
  }

  keep(id, state) {
    this.kept[id] = state;
    this.dirty.add(id);
  }

  // The state of sequencing, without what is as it was before anything was played.
  keepSequence() {
    const state = JSON.parse(this.api.serializeSequencingState());
    const states = state.sequencing ? state.sequencing.activityStates : {};
    for (const id of Object.keys(states)) {
      if (JSON.stringify(states[id]) === JSON.stringify(this.fresh.sequencing.activityStates[id])) {
        delete states[id];
      }
    }
    this.keep("", { last: this.current ? this.current.id : "", [SEQUENCE]: state });
  }

  restore(kept) {
    try {
      const state = JSON.parse(JSON.stringify(kept));
      const before = this.fresh.sequencing.activityStates;
      const known = Object.entries(state.sequencing.activityStates).filter(([id]) => id in before);
      state.sequencing.activityStates = { ...before, ...Object.fromEntries(known) };
      return this.api.deserializeSequencingState(JSON.stringify(state));
    } catch (fault) {
      console.error(fault);
      return false;
    }
  }

  collect() {
    if (this.current) this.take();
    if (this.shared) this.keepSequence();
    this.shared = false;
    return collected(this.kept, this.dirty);
  }

  mark(activity) {
    const kept = this.kept[activity.id];
    const tracked = this.api.getActivityTrackingData(activity.id) || {};
    const cmi = (kept && kept.cmi) || {};
    if (cmi.success_status === "failed") return "failed";
    if (cmi.success_status === "passed" || cmi.completion_status === "completed"
      || tracked.completionStatus === "completed") return "done";
    return kept ? "begun" : "";
  }

  // The results of the open part count for other parts only when it has ended. So a part that is done
  // may open those that wait for it; that is seen when it has been left.
  perhaps(request, id) {
    return request === "choice" && this.choosable.has(id) && id !== (this.current || {}).id
      && Boolean(this.current) && this.mark(this.current) === "done";
  }

  may(request, id) {
    if (request === "choice") return (this.validity.choice || {})[id] === "true";
    return Boolean(this.validity[REQUESTS[request]]);
  }

  go(request, id) {
    this.ended = false;
    this.refresh();
    if (!this.may(request, id)) return this.current; // not allowed: stay here
    const part = this.process(REQUESTS[request], id);
    this.current = part;
    return part;
  }

  // What may be asked for now; after a restart scorm-again has not said it yet.
  refresh() {
    try {
      const sequencing = this.api.getSequencingService();
      const process = sequencing && sequencing.getOverallSequencingProcess();
      if (process) process.updateNavigationValidity();
    } catch (fault) {
      console.error(fault);
    }
  }

  // What the package says of the part that is open.
  claim() {
    const kept = this.current && this.kept[this.current.id];
    if (!kept || !kept.cmi) return null;
    const { raw, scaled } = kept.cmi.score || {};
    const score = raw || (scaled ? String(Math.round(Number(scaled) * 100)) : "");
    return { mark: this.mark(this.current), score };
  }

  table() {
    this.refresh();
    const shown = (button) => !(this.current && this.current.noButtons.includes(button));
    return {
      current: this.current ? this.current.id : "",
      rows: rows(this.activities, (part) => this.mark(part),
        (part) => this.may("choice", part.id) || this.perhaps("choice", part.id)),
      claim: this.claim(),
      previous: Boolean(this.current) && this.may("previous") && shown("previous"),
      next: Boolean(this.current) && this.may("next") && shown("continue"),
    };
  }
}
