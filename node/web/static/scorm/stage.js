// The stage: the frame on the second port in which a SCORM package runs. Here is what the package
// looks for (window.API, window.API_1484_11). It can reach nothing else: no cookie, and our page only
// by postMessage to courseware.js, which trusts none of it. The package can change everything here,
// so nothing here decides anything.

import { putAbove } from "./stage_parent.js";
import { closeWindow, everyWindow, keepInside } from "./stage_windows.js";

const SAVE_AFTER_MS = 300;
const UNLOAD_MS = 1500;
const LOOK_MS = 500;
const REPORT_MS = 2000;
const files = location.pathname.replace(/stage$/, "files/");
const frame = document.createElement("iframe");
let runtime = null;
let origin = "*";
let timer = 0;
const outside = window.parent; // our page
let present = false; // somebody did something since we last said so
const watched = new WeakSet();

frame.allow = "autoplay; fullscreen";
putAbove(window, outside);

function tell(what, more = {}) {
  outside.postMessage({ scorm: what, ...more }, origin);
}

// What the package wants kept goes out a moment later, and at once when it says that it ends.
function changed(now = false) {
  clearTimeout(timer);
  if (now) flush();
  else timer = setTimeout(flush, SAVE_AFTER_MS);
}

function flush() {
  clearTimeout(timer);
  const parts = runtime.collect();
  if (Object.keys(parts).length) tell("keep", { parts });
  tell("table", runtime.table());
}

function address(activity) {
  const path = activity.launch.split("/").map(encodeURIComponent).join("/");
  return files + path + activity.query;
}

// Take the package's page away. It sends its last values while it goes.
function unload() {
  return new Promise((done) => {
    closeWindow();
    if (!frame.isConnected || frame.src === "about:blank") {
      done();
      return;
    }
    const late = setTimeout(finish, UNLOAD_MS);
    function finish() {
      clearTimeout(late);
      frame.removeEventListener("load", finish);
      done();
    }
    frame.addEventListener("load", finish);
    frame.src = "about:blank";
  });
}

let turn = Promise.resolve();

// One thing after the other: pages come and go asynchronously.
function inTurn(work) {
  turn = turn.then(work).catch((fault) => console.error(fault));
  return turn;
}

async function show(activity) {
  if (!activity) {
    changed(true);
    return;
  }
  runtime.open(activity);
  changed(true);
  if (!frame.isConnected) document.body.append(frame);
  frame.src = address(activity);
}

function go(request, id) {
  return inTurn(async () => {
    if (!runtime.may(request, id) && !runtime.perhaps(request, id)) return;
    runtime.leaving = true;
    await unload();
    runtime.close();
    const activity = runtime.go(request, id);
    runtime.leaving = false;
    await show(activity);
    if (!activity) tell("ended");
  });
}

// The package asked for another part when it ended.
function follow(activity) {
  inTurn(async () => {
    await unload();
    runtime.close();
    await show(activity);
    if (!activity) tell("ended");
  });
}

async function begin(message) {
  const { Runtime } = await (message.version === "2004" ? import("./stage2004.js") : import("./stage12.js"));
  runtime = new Runtime(message, { changed, follow });
  await inTurn(() => show(runtime.first()));
}

async function close() {
  if (runtime) {
    await inTurn(async () => {
      runtime.leaving = true;
      await unload();
      runtime.close();
      flush();
      runtime.leaving = false;
    });
  }
  tell("closed");
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (event.source !== outside || !message || typeof message.stage !== "string") return;
  if (message.stage === "begin" && !runtime) {
    origin = event.origin;
    begin(message);
  } else if (message.stage === "go" && runtime) go(message.request, message.id);
  else if (message.stage === "close") close();
});

// Whether somebody is there: our page cannot see what happens in a frame of another port.

function sign(event) {
  if (event.isTrusted) present = true;
}

function look() {
  for (const pageWindow of everyWindow(window)) {
    if (pageWindow !== window) keepInside(pageWindow, frame);
    if (!watched.has(pageWindow.document)) {
      watched.add(pageWindow.document);
      for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"]) {
        pageWindow.document.addEventListener(type, sign, { passive: true, capture: true });
      }
    }
    for (const media of pageWindow.document.querySelectorAll("video, audio")) {
      if (!media.paused && !media.ended) present = true;
    }
  }
}

function report() {
  if (present) tell("present");
  present = false;
}

// A shared browser must keep nothing of the learner before.
try {
  localStorage.clear();
  sessionStorage.clear();
} catch (fault) { /* storage is off: good */ }
frame.addEventListener("load", look);
setInterval(look, LOOK_MS);
setInterval(report, REPORT_MS);
tell("ready");
