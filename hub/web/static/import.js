// Files dropped on the form or chosen in it go up one by one, each with its bar.
// Each can be stopped and sent again.
// Without this script the form works all the same, with all files in one request.

import { inOrder, percentOf } from "./upload_rules.js";

const form = document.querySelector("form[data-import]");
const queue = [];
let sending = null; // the row whose file is on its way
let failed = 0;

const part = (selector) => form.querySelector(selector);
const words = () => part("#words").dataset;

function addRow(file) {
  const line = document.createElement("li");
  const name = document.createElement("b");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  const button = document.createElement("button");
  name.textContent = file.name;
  bar.max = 100;
  bar.setAttribute("aria-label", words().bar);
  button.type = "button";
  button.className = "button button-quiet";
  line.append(name, bar, state, button);
  part("#going").append(line);
  const row = { file, bar, state, button, line, request: null };
  button.addEventListener("click", () => (row.failed ? again(row) : cancel(row)));
  return row;
}

// Before its turn, and once more after a failure.
function wait(row) {
  row.failed = false;
  row.line.className = "";
  row.bar.value = 0;
  row.state.textContent = words().waits;
  name(row, words().cancel);
  queue.push(row);
}

// What its button does, for eyes and for readers of the screen.
function name(row, action) {
  row.button.hidden = !action;
  row.button.textContent = action;
  row.button.setAttribute("aria-label", `${action} ${row.file.name}`);
}

function take(files) {
  if (!files.length) return;
  part("#going").hidden = false;
  for (const file of inOrder([...files])) {
    const row = addRow(file);
    wait(row);
    if (file.size > Number(form.dataset.most)) {
      queue.pop();
      end(row, words().large, "");
    }
  }
  if (!sending) sendNext();
}

// It did not go up. What the reader can do now is on the button.
function end(row, text, action) {
  failed += 1;
  row.failed = true;
  row.line.className = "wrong";
  row.state.textContent = text;
  name(row, action);
}

function cancel(row) {
  if (row === sending) {
    row.request.abort(); // onabort says so and goes on
    return;
  }
  queue.splice(queue.indexOf(row), 1);
  end(row, words().cancelled, words().again);
}

function again(row) {
  failed -= 1;
  wait(row);
  if (!sending) sendNext();
}

function sendNext() {
  sending = queue.shift() || null;
  part("button[type=submit]").disabled = Boolean(sending);
  part("#reports").hidden = Boolean(sending) || !failed;
  if (sending) send(sending);
  else if (!failed) window.location.assign(form.dataset.next);
}

function send(row) {
  const fields = new FormData(form);
  fields.delete("file");
  fields.append("file", row.file, row.file.name);
  const request = new XMLHttpRequest();
  row.request = request;
  request.upload.onprogress = (step) => {
    if (!step.lengthComputable) return;
    row.bar.value = percentOf(step.loaded, step.total);
    row.state.textContent = `${row.bar.value}%`;
  };
  request.onload = () => {
    if (request.status === 200) {
      row.bar.value = 100;
      row.line.className = "done";
      row.state.textContent = words().done;
      name(row, "");
    } else if (request.status === 413) {
      end(row, words().large, "");
    } else {
      end(row, words().failed, words().again);
    }
    sendNext();
  };
  request.onerror = () => { end(row, words().failed, words().again); sendNext(); };
  request.onabort = () => { end(row, words().cancelled, words().again); sendNext(); };
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(fields);
}

function listen() {
  const input = part("input[type=file]");
  const drop = part("#drop");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(input.files);
    input.value = "";
  });
  // Whoever leaves now loses what is not there yet; what is there is checked all the same.
  window.addEventListener("beforeunload", (event) => {
    if (!sending) return;
    event.preventDefault();
    event.returnValue = ""; // for browsers of 2020
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer) take(event.dataTransfer.files);
  });
}

if (form) listen();
