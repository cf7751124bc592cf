// What surrounds a SCORM package (scorm/): names and values that it may set, how much is kept, which
// parts are open, what of its claims is shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { claimOf } from "../../node/web/static/scorm/claim.js";
import {
  bounded, bring, collected, entryOf, isGroup, isName, plain, rows,
} from "../../node/web/static/scorm/runtime.js";
import { isAllowed } from "../../node/web/static/scorm/stage_prerequisites.js";

test("names of the data model may be set, the model itself and its groups' roots may not", () => {
  assert.ok(isName("cmi.core.lesson_status"));
  assert.ok(isName("adl.nav.request"));
  const refused = ["cmi", "adl", "cmi_x.y", "window.top", "cmi.__proto__.x", "cmi.a.constructor",
    "cmi.prototype", `cmi.${"x".repeat(500)}`, null, undefined, 7, {}];
  for (const name of refused) assert.ok(!isName(name), String(name));
});

test("a group is known by what the run time holds under its name", () => {
  const api = {
    cmi: {
      core: { score: { raw: "5" } },
      interactions: { childArray: [{ id: "a" }] },
      get session_time() { throw new Error("write only"); },
    },
  };
  assert.ok(isGroup(api, "cmi.core"));
  assert.ok(isGroup(api, "cmi.interactions.0"));
  assert.ok(!isGroup(api, "cmi.core.score.raw"));
  assert.ok(!isGroup(api, "cmi.core.none.more"));
  assert.ok(!isGroup(api, "cmi.session_time"));
});

test("what a package sets becomes text", () => {
  assert.deepEqual([null, undefined, "x", 5, true].map(plain), ["", "", "x", "5", "true"]);
});

const answersOf = (count, chars = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [n, { id: `q${n}`, text: "x".repeat(chars) }]));

test("of a package's answers the newest are kept, numbered from 0", () => {
  const { interactions } = bounded({ interactions: answersOf(300) });
  assert.equal(Object.keys(interactions).length, 250);
  assert.equal(interactions[0].id, "q50");
  assert.equal(interactions[249].id, "q299");
});

test("what a package says beyond a part's size is left out, its state stays", () => {
  const few = bounded({ location: "p7", interactions: answersOf(100, 4000) });
  assert.equal(Object.keys(few.interactions).length, 20);
  const none = bounded({
    location: "p7", interactions: answersOf(5, 90000), comments_from_learner: { 0: "x" },
  });
  assert.deepEqual(none, { location: "p7" });
});

test("what fits is kept as it is", () => {
  const cmi = { location: "p7", interactions: answersOf(3) };
  assert.deepEqual(bounded(structuredClone(cmi)), cmi);
});

test("the run time is given an answer's type before what depends on it", () => {
  const given = [];
  bring({ loadFromJSON: (cmi, at) => given.push([cmi, at]) }, {
    location: "p7", interactions: { 0: { result: "correct", type: "choice", id: "q0" } },
  });
  assert.deepEqual(Object.keys(given[0][0].interactions[0]), ["id", "type", "result"]);
  assert.equal(given[0][1], "cmi");
  assert.ok(!("objectives" in given[0][0]));
});

test("what the run time refuses is left out, one group after the other, until it takes the rest", (t) => {
  t.mock.method(console, "error", () => {});
  const tried = [];
  const loadFromJSON = (cmi) => {
    tried.push(Object.keys(cmi).sort());
    if (cmi.objectives) throw new Error("refused");
  };
  bring({ loadFromJSON }, { location: "p7", interactions: { 0: {} }, objectives: { 0: {} } });
  assert.deepEqual(tried, [
    ["interactions", "location", "objectives"], ["location", "objectives"], ["location"],
  ]);
});

test("a part is begun, resumed or entered anew", () => {
  assert.equal(entryOf(undefined), "ab-initio");
  assert.equal(entryOf({ last: "a" }), "ab-initio");
  assert.equal(entryOf({ cmi: {}, over: false, exit: "" }), "resume");
  assert.equal(entryOf({ cmi: {}, over: true, exit: "suspend" }), "resume");
  assert.equal(entryOf({ cmi: {}, over: true, exit: "" }), "");
});

test("what changed is collected once", () => {
  const kept = { a: 1, b: 2 };
  const dirty = new Set(["b", "gone"]);
  assert.deepEqual(collected(kept, dirty), { b: 2 });
  assert.deepEqual(collected(kept, dirty), {});
});

test("the table of contents has the parts that open and are not hidden", () => {
  const activities = [
    { id: "chapter", launch: "" }, { id: "a", launch: "a.html" }, { id: "b", launch: "b.html", hidden: true },
  ];
  const table = rows(activities, (part) => `mark of ${part.id}`, () => true);
  assert.deepEqual(table, [{ id: "a", mark: "mark of a", open: true }]);
});

const STATES = { a: "passed", b: "completed", c: "failed", d: "incomplete", e: "not attempted" };
const open = (script) => isAllowed(script, (id) => STATES[id] || "not attempted");

for (const script of ["a", "a & b", "d | a", "~c", "~(c|d)", "a&(d|b)", 'c="failed"', "d=i", "a<>failed",
  'e="not attempted"', "c & d | a", "a | c & d"]) {
  test(`prerequisites ${script} are met`, () => assert.equal(open(script), true));
}

for (const script of ["c", "a & d", "c | d", "~a", "a & (c | d)", 'a="failed"', "a<>passed", "none", "~(a|c)"]) {
  test(`prerequisites ${script} are not met`, () => assert.equal(open(script), false));
}

for (const script of ["", "a &", "(c", "& c", "c d", "c )", "=", "~"]) {
  test(`prerequisites ${JSON.stringify(script)} cannot be understood and lock nothing`, () => {
    assert.equal(open(script), true);
  });
}

test("of a package's claim only known states and figures are shown", () => {
  assert.deepEqual(claimOf({ mark: "done", score: "87.5" }), { mark: "done", score: "87.5" });
  assert.deepEqual(claimOf({ mark: "begun", score: 60 }), { mark: "begun", score: "60" });
  const nothing = { mark: "", score: "" };
  for (const claim of [null, undefined, "done", 5, [], {}, { mark: "<b>", score: "1e9" },
    { mark: ["done"], score: "12345678" }, { mark: "toString", score: "合格" }]) {
    assert.deepEqual(claimOf(claim), nothing);
  }
});
