// The time that is left of an exam (exam/exam_clock.js), by two clocks that are given here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TimeLeft } from "../../node/web/static/exam/exam_clock.js";

const MINUTE = 60000;

function running(minutes) {
  const clocks = { steady: 5000, wall: 1.8e12 };
  const left = new TimeLeft(minutes * MINUTE, () => clocks.steady, () => clocks.wall);
  const go = (ms) => { clocks.steady += ms; clocks.wall += ms; };
  return { clocks, left, go };
}

test("the time goes by, and ends at nothing", () => {
  const { left, go } = running(30);
  go(6 * MINUTE);
  assert.equal(left.ms, 24 * MINUTE);
  assert.ok(!left.unsure);
  go(40 * MINUTE);
  assert.equal(left.ms, 0);
});

test("after the PC slept, the time that is shown went on, and the node is asked", () => {
  const { clocks, left, go } = running(30);
  go(6 * MINUTE);
  clocks.wall += 11 * MINUTE; // the page's own clock stood still
  assert.equal(left.ms, 13 * MINUTE);
  assert.ok(left.unsure);
  left.set(13 * MINUTE);
  assert.ok(!left.unsure);
  assert.equal(left.ms, 13 * MINUTE);
});

test("a clock that is set back gives no time away, and the node is asked", () => {
  const { clocks, left, go } = running(30);
  go(6 * MINUTE);
  clocks.wall -= 60 * MINUTE;
  assert.equal(left.ms, 24 * MINUTE);
  assert.ok(left.unsure);
});

test("answers are counted by the clock that nobody sets", () => {
  const { clocks, left } = running(30);
  clocks.wall += 60 * MINUTE;
  assert.equal(left.steadyMs, 30 * MINUTE);
});
