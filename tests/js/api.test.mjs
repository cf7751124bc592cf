// Requests to the node (api.js), with a line and a page that are given here.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import {
  ask, askWithToken, postForm, sendLast, signIn,
} from "../../node/web/static/api.js";

const EXPIRED = { status: 400, body: { error: "form-expired" } };
let meta;
let field;
let sent;
let replies;

beforeEach(() => {
  meta = { content: "old" };
  field = { value: "old" };
  sent = [];
  replies = [];
  globalThis.document = {
    querySelector: (selector) => (selector === 'meta[name="csrf-token"]' ? meta : null),
    querySelectorAll: (selector) => (selector === '[name="csrf_token"]' ? [field] : []),
  };
  globalThis.fetch = async (path, options) => {
    sent.push({ path, ...options });
    const reply = replies.shift();
    if (!reply) throw new TypeError("no line");
    return { status: reply.status, json: async () => reply.body };
  };
});

const paths = () => sent.map(({ path }) => path);
const tokens = () => sent.map(({ headers }) => headers && headers["X-CSRFToken"]);

test("without a body it is a GET, with one a POST of JSON with the page's token", async () => {
  replies.push({ status: 200, body: { a: 1 } }, { status: 200, body: {} });
  assert.deepEqual(await ask("/api/x"), { status: 200, body: { a: 1 } });
  await ask("/api/x", { b: 2 });
  assert.deepEqual(sent.map(({ method }) => method), [undefined, "POST"]);
  assert.deepEqual(tokens(), [undefined, "old"]);
  assert.equal(sent[1].body, '{"b":2}');
});

test("no line and an answer that is no JSON are status 0", async () => {
  assert.deepEqual(await ask("/api/x"), { status: 0, body: {} });
  globalThis.fetch = async () => ({ status: 200, json: async () => JSON.parse("<html>") });
  assert.deepEqual(await ask("/api/x"), { status: 0, body: {} });
});

test("an expired token is renewed once, in the page's forms too, and the request sent again", async () => {
  replies.push(EXPIRED, { status: 200, body: { csrf: "new" } }, { status: 200, body: { done: true } });
  assert.deepEqual(await askWithToken("/api/x", { b: 2 }), { status: 200, body: { done: true } });
  assert.deepEqual(paths(), ["/api/x", "/api/exam/token", "/api/x"]);
  assert.deepEqual(tokens(), ["old", undefined, "new"]);
  assert.deepEqual([meta.content, field.value], ["new", "new"]);
});

test("without a new token the request is not sent again", async () => {
  replies.push(EXPIRED);
  assert.deepEqual(await askWithToken("/api/x", {}), { status: 0, body: {} });
  assert.deepEqual(paths(), ["/api/x", "/api/exam/token"]);
});

test("what was refused for another reason is not sent again", async () => {
  replies.push({ status: 400, body: { error: "bad-request" } });
  assert.equal((await askWithToken("/api/x", {})).status, 400);
  assert.equal(sent.length, 1);
});

test("a sign-in in the middle of a page leaves the page with the token of the new session", async () => {
  replies.push({ status: 200, body: { csrf: "new" } }, { status: 200, body: { csrf: "newer" } });
  assert.equal((await signIn("A1001", "271828")).status, 200);
  assert.deepEqual(tokens(), [undefined, "new"]);
  assert.deepEqual([meta.content, field.value], ["newer", "newer"]);
});

test("a wrong PIN keeps the token", async () => {
  replies.push({ status: 200, body: { csrf: "new" } }, { status: 403, body: { words: "no" } });
  assert.equal((await signIn("A1001", "0")).status, 403);
  assert.equal(meta.content, "new");
});

test("a form goes as it is, with the token in its header", async () => {
  replies.push({ status: 200, body: {} });
  const fields = new URLSearchParams({ q: "p1" });
  await postForm("/practice/drill", fields);
  assert.equal(sent[0].body, fields);
  assert.deepEqual(tokens(), ["old"]);
});

test("what is sent last outlives the page, unless it is too long for that", () => {
  replies.push({ status: 200, body: {} }, { status: 200, body: {} });
  sendLast("/api/study", { spans: [[0, 1]] });
  sendLast("/api/scorm", { text: "x".repeat(15000) });
  assert.deepEqual(sent.map(({ keepalive }) => keepalive), [true, false]);
});
