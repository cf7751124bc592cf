// The hub's pages: where a dragged item goes, in which order files go up, what an answer means.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isBehind, placeFields } from "../../hub/web/static/drop_place.js";
import { inOrder, leadsOn, percentOf } from "../../hub/web/static/upload_rules.js";

test("over the lower half of a row an item goes behind it", () => {
  const row = { top: 100, height: 40 };
  assert.deepEqual([100, 120, 121, 140].map((y) => isBehind(y, row)), [false, false, true, true]);
});

const MOVED = { item: "pdf1", module: "2", next: "video1", beyond: "quiz", edition: "7" };

test("the hub is told before which item it stands", () => {
  const fields = { edition: "7", do: "place", item: "pdf1", module: "2", before: "video1" };
  assert.deepEqual(placeFields(MOVED), fields);
});

test("behind the last item of a page stands the first one of the next", () => {
  assert.equal(placeFields({ ...MOVED, next: "" }).before, "quiz");
  assert.equal(placeFields({ ...MOVED, next: "", beyond: undefined }).before, "");
});

test("subtitles and covers go up after the films, else the order stays", () => {
  const names = ["讲.srt", "b.mp4", "讲.JPG", "a.mp4", "c.vtt", "srt.pdf"];
  const files = names.map((name) => ({ name }));
  const sorted = inOrder(files).map(({ name }) => name);
  assert.deepEqual(sorted, ["b.mp4", "a.mp4", "srt.pdf", "讲.srt", "讲.JPG", "c.vtt"]);
  assert.deepEqual(files.map(({ name }) => name), names);
});

test("percents are whole, and 100 only when all is sent", () => {
  assert.deepEqual([0, 1, 999, 1000].map((loaded) => percentOf(loaded, 1000)), [0, 0, 99, 100]);
});

test("an answer from another address is the next page", () => {
  const form = "http://hub/courses/new";
  assert.equal(leadsOn("http://hub/courses/preview/1", form), true);
  assert.equal(leadsOn(form, form), false);
  assert.equal(leadsOn("", form), false);
});
