// Practice without leaving the page: the same form, sent by script; the node answers with the marked
// question. Where anything is odd the form says so and can be sent again: a mark means "on disk".

import { postForm, renewToken } from "../api.js";
import { enhance, ready, settle } from "./question.js";
import { optionOfKey } from "./response.js";

const room = document.getElementById("drill");
const trouble = document.getElementById("trouble");

function tell(text, signIn = false) {
  // Beside the button that was pressed: below the map of questions nobody sees it.
  if (text) room.querySelector("form .actions").before(trouble);
  trouble.hidden = !text;
  trouble.querySelector("p").textContent = text || "";
  trouble.querySelector("a").hidden = !signIn;
  if (text) trouble.scrollIntoView({ block: "nearest" });
}

// A form as it would be sent by the key that was pressed.
function fields(form, key) {
  const all = new URLSearchParams(new FormData(form));
  if (key && key.name) all.append(key.name, key.value);
  return all;
}

const post = (form, key, address = form.dataset.api) => postForm(address, fields(form, key));

enhance(room);

let busy = false;
async function send(form, key) {
  if (busy) return;
  busy = true;
  let reply = await post(form, key);
  if (reply.body.error === "form-expired" && await renewToken()) reply = await post(form, key);
  busy = false;
  if (reply.status === 200) {
    tell("");
    room.innerHTML = reply.body.html;
    enhance(room);
    room.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    document.getElementById("mark").focus({ preventScroll: true });
    document.getElementById("mark").scrollIntoView({ block: "nearest" });
  } else if (reply.status === 401) tell(trouble.dataset.out, true);
  else tell(reply.body.words || trouble.dataset.late);
}

// The star is kept without sending the answer that is being written.
async function star(form, key) {
  const on = key.value === "1";
  const reply = await post(form, key, key.dataset.api);
  if (reply.status !== 200) return tell(reply.body.words || trouble.dataset.star, reply.status === 401);
  tell("");
  key.value = on ? "0" : "1";
  key.classList.toggle("starred", on);
  key.setAttribute("aria-pressed", String(on));
  key.lastElementChild.textContent = on ? key.dataset.on : key.dataset.off;
}

room.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = event.submitter;
  if (key && key.name === "star") return star(event.target, key);
  if (!ready(room)) return room.querySelector("[data-number]").focus();
  settle(room);
  send(event.target, key);
});

// A click on a row is the answer; the keyboard only moves between rows.
room.addEventListener("click", (event) => {
  const input = event.target;
  if (!input.matches('input[type="radio"]') || event.detail === 0 || !event.isTrusted) return;
  if (input.form.reportValidity()) send(input.form);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches('input[type="text"], textarea, select, audio')) return;
  const option = room.querySelectorAll(".choice input:enabled")[optionOfKey(event.key)];
  if (!option) return;
  event.preventDefault();
  option.focus();
  option.click();
});
