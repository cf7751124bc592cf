// Spans of what was played or read (study/spans.js), and how seconds are written.

import assert from "node:assert/strict";
import { test } from "node:test";

import { added, beyondEnd, clockOf, gapsIn, joined, rounded, secondsIn } from "../../node/web/static/study/spans.js";

test("what touches the last span makes it longer", () => {
  assert.deepEqual(added([[0, 10]], 10.2, 15), [[0, 15]]);
  assert.deepEqual(added([[0, 10]], 9.8, 15), [[0, 15]]);
  assert.deepEqual(added([[0, 10]], 10.4, 15), [[0, 10], [10.4, 15]]);
});

test("a span that ends where it begins, or before, is none", () => {
  assert.deepEqual(added([[0, 10]], 20, 20), [[0, 10]]);
  assert.deepEqual(added([], 5, 4), []);
  assert.deepEqual(added([], NaN, 4), []);
});

test("what was sent in vain goes before what came meanwhile, and neither list changes", () => {
  const sent = [[0, 10], [50, 60]];
  const meanwhile = [[60, 62], [90, 95]];
  assert.deepEqual(joined(sent, meanwhile), [[0, 10], [50, 62], [90, 95]]);
  assert.deepEqual([sent, meanwhile], [[[0, 10], [50, 60]], [[60, 62], [90, 95]]]);
});

test("of too many spans the oldest give way", () => {
  let spans = [];
  for (let n = 0; n < 50; n += 1) spans = added(spans, 10 * n, 10 * n + 1);
  assert.equal(spans.length, 40);
  assert.deepEqual(spans[0], [100, 101]);
  assert.deepEqual(spans[39], [490, 491]);
});

test("seconds are summed, and sent in hundredths", () => {
  assert.equal(secondsIn([[0, 10], [20, 21.5]]), 11.5);
  assert.equal(secondsIn([]), 0);
  assert.deepEqual(rounded([[1.23456, 2.999]]), [[1.23, 3]]);
});

test("gaps are what was not watched, short ones left out", () => {
  assert.deepEqual(gapsIn([[0, 10], [14, 30], [40, 100]], 100), [[30, 40]]);
  assert.deepEqual(gapsIn([[20, 30]], 100), [[0, 20], [30, 100]]);
  assert.deepEqual(gapsIn([[0, 60], [10, 20], [65, 97]], 100), [[60, 65]]);
  assert.deepEqual(gapsIn([], 100), [[0, 100]]);
});

test("a clock shows hours only where there are some", () => {
  const shown = [0, 5.9, 65, 600, 3599.99, 3600, 36125, -3].map(clockOf);
  assert.deepEqual(shown, ["0:00", "0:05", "1:05", "10:00", "59:59", "1:00:00", "10:02:05", "0:00"]);
});

test("a film that is over before its item counts to the item's end once nine tenths were seen", () => {
  assert.deepEqual(beyondEnd([[0, 6]], 6.02, 12), [6.02, 12]);
  assert.deepEqual(beyondEnd([[0, 50], [55, 99]], 100, 120), [100, 120]);
  assert.equal(beyondEnd([[0, 80]], 100, 120), null);
  assert.equal(beyondEnd([[0, 10], [100, 300]], 100, 300), null);
  assert.equal(beyondEnd([[0, 6]], 6.02, 6), null);
  assert.equal(beyondEnd([], 6, 12), null);
});
