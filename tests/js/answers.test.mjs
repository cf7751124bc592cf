// The queue of answers (exam/exam_answers.js): the newest answer of each question, sent one at a
// time, kept until the node has it on disk.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Answers } from "../../node/web/static/exam/exam_answers.js";

const turn = () => new Promise((done) => { setImmediate(done); });
const saved = (body) => ({ status: 200, body: { counter: body.counter, response: body.response } });

// Answers whose line is a list of replies, the last for all that follow; a reply may be a function
// of what was sent. "held": it comes when release() is called.
function paper(...replies) {
  const sent = [];
  const told = [];
  const later = [];
  const time = { ms: 1000 };
  let held = null;
  const ask = async (path, body) => {
    sent.push({ path, ...body });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === "held") await new Promise((done) => { held = done; });
    return typeof reply === "object" ? reply : saved(body);
  };
  const answers = new Answers({
    api: "/api/exam",
    names: { exam: "food/final", attempt: 1, learner: "A1001" },
    clock: () => time.ms,
    tell: (what, question, more) => told.push([what, question, more]),
    ask,
    later: (work, ms) => { later.push({ work, ms }); return later.length; },
  });
  const words = () => told.map(([what, question]) => `${what} ${question}`);
  return { answers, sent, told, later, time, words, release: () => held() };
}

test("an answer is sent with its names and is saved when the node says so", async () => {
  const { answers, sent, words } = paper("saved");
  answers.set("q1", "B");
  assert.equal(answers.unsaved, 1);
  await turn();
  assert.deepEqual(sent, [{
    path: "/api/exam/answer", exam: "food/final", attempt: 1, learner: "A1001",
    question: "q1", response: "B", counter: 1000,
  }]);
  assert.equal(answers.unsaved, 0);
  assert.deepEqual(words(), ["waiting q1", "saved q1"]);
});

test("a counter is the clock's, and later than any that this question had", async () => {
  const { answers, sent, time } = paper("saved");
  answers.know("q1", 5000);
  answers.know("q1", 4000);
  answers.set("q1", "A");
  await turn();
  time.ms = 900; // the clock was set back
  answers.set("q1", "B");
  await turn();
  answers.set("q2", "C");
  await turn();
  assert.deepEqual(sent.map(({ counter }) => counter), [5001, 5002, 900]);
});

test("only one request is under way, and of each question only the newest answer waits", async () => {
  const { answers, sent, words, release } = paper("held", "saved");
  answers.set("q1", "A");
  answers.set("q1", "B");
  answers.set("q1", "C");
  answers.set("q2", "D");
  await turn();
  assert.deepEqual(sent.map(({ response }) => response), ["A"]);
  release();
  await turn();
  assert.deepEqual(sent.map(({ response }) => response), ["A", "C", "D"]);
  // The older answer of q1 is on disk, but what the learner sees is not yet.
  assert.deepEqual(words().filter((word) => word.startsWith("saved")), ["saved q1", "saved q2"]);
  assert.equal(answers.unsaved, 0);
});

test("what fails is kept and sent again, each time after a longer pause", async () => {
  const { answers, sent, later, words } = paper({ status: 0, body: {} });
  answers.set("q1", "A");
  await turn();
  for (let n = 0; n < 4; n += 1) {
    later[n].work();
    await turn();
  }
  assert.deepEqual(later.map(({ ms }) => ms), [1000, 2000, 4000, 8000, 8000]);
  assert.equal(new Set(sent.map((body) => JSON.stringify(body))).size, 1);
  assert.equal(answers.unsaved, 1);
  assert.equal(words().filter((word) => word === "failed q1").length, 5);
});

test("while a pause runs a new answer waits with the others", async () => {
  const { answers, sent, later } = paper({ status: 503, body: {} }, "saved");
  answers.set("q1", "A");
  await turn();
  answers.set("q2", "B");
  await turn();
  assert.equal(sent.length, 1);
  later[0].work();
  await turn();
  assert.deepEqual(sent.map(({ response }) => response), ["A", "A", "B"]);
  assert.equal(answers.failures, 0);
});

test("signed out: nothing is sent until the learner is back, nothing is lost", async () => {
  const { answers, sent, words } = paper({ status: 401, body: { error: "session-expired" } }, "saved");
  answers.set("q1", "A");
  await turn();
  answers.set("q2", "B");
  await turn();
  assert.equal(sent.length, 1);
  assert.equal(answers.unsaved, 2);
  assert.ok(words().includes("signed-out q1"));
  answers.resume();
  await turn();
  assert.equal(answers.unsaved, 0);
});

test("moved to another device: nothing is sent until it is back here, nothing is lost", async () => {
  const { answers, sent, words } = paper({ status: 423, body: {} }, "saved");
  answers.set("q1", "A");
  await turn();
  answers.set("q2", "B");
  await turn();
  assert.equal(sent.length, 1);
  assert.equal(words()[1], "moved q1");
  assert.ok(!words().includes("closed q1"));
  answers.resume();
  await turn();
  assert.equal(answers.unsaved, 0);
});

test("a closed attempt takes no more answers", async () => {
  const { answers, sent, words } = paper({ status: 409, body: {} });
  answers.set("q1", "A");
  answers.set("q2", "B");
  await turn();
  assert.equal(answers.unsaved, 0);
  answers.set("q3", "C");
  await turn();
  assert.equal(sent.length, 1);
  assert.equal(words()[2], "closed q1");
});

for (const status of [400, 404]) {
  test(`an answer refused with ${status} is not sent for ever`, async () => {
    const { answers, sent, words } = paper({ status, body: { words: "no" } }, "saved");
    answers.set("q1", "A");
    await turn();
    assert.equal(answers.unsaved, 0);
    assert.deepEqual(words(), ["waiting q1", "refused q1"]);
    answers.set("q1", "B");
    await turn();
    assert.equal(sent.length, 2);
    assert.equal(words()[3], "saved q1");
  });
}

test("the node holds a later answer of another window: it is shown, and the next is later still", async () => {
  const { answers, sent, told } = paper({ status: 200, body: { counter: 9000, response: "D" } }, "saved");
  answers.set("q1", "A");
  await turn();
  assert.deepEqual(told[1], ["elsewhere", "q1", { counter: 9000, response: "D" }]);
  answers.set("q1", "B");
  await turn();
  assert.equal(sent[1].counter, 9001);
});
