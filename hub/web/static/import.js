// Files dropped on the form or chosen in it go up one by one, each with its bar.
// Without this script the form works all the same, with all files in one request.

import { inOrder, percentOf } from "./upload_rules.js";

const form = document.querySelector("form[data-import]");
const queue = [];
let sending = false;
let failed = 0;

const part = (selector) => form.querySelector(selector);
const words = () => part("#words").dataset;

function addRow(file) {
  const line = document.createElement("li");
  const name = document.createElement("b");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  name.textContent = file.name;
  state.textContent = words().waits;
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", words().bar);
  line.append(name, bar, state);
  part("#going").append(line);
  return { file, bar, state, line };
}

function take(files) {
  if (!files.length) return;
  part("#going").hidden = false;
  for (const file of inOrder([...files])) {
    const row = addRow(file);
    if (file.size > Number(form.dataset.most)) fail(row, words().large);
    else queue.push(row);
  }
  if (!sending) sendNext();
}

function fail(row, text) {
  failed += 1;
  row.line.className = "wrong";
  row.state.textContent = text;
}

function sendNext() {
  const row = queue.shift();
  sending = Boolean(row);
  part("button[type=submit]").disabled = sending;
  if (row) send(row);
  else if (!failed) window.location.assign(form.dataset.next);
}

function send(row) {
  const fields = new FormData(form);
  fields.delete("file");
  fields.append("file", row.file, row.file.name);
  const request = new XMLHttpRequest();
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
    } else {
      fail(row, request.status === 413 ? words().large : words().failed);
    }
    sendNext();
  };
  request.onerror = () => { fail(row, words().failed); sendNext(); };
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
