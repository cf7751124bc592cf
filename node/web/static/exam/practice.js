// Practice without leaving the page: the same form, sent by script; the node answers with the marked
// question. Where anything is odd the form says so and can be sent again: a mark means "on disk".

import { postForm, renewToken } from "../api.js";
import { composes, enhance, ready, response, settle } from "./question.js";
import { optionOfKey } from "./response.js";

const room = document.getElementById("drill");
const trouble = document.getElementById("trouble");
let chosen = null; // the row that was touched last: a second touch sends it

function tell(text, signIn = false) {
  // Beside the button that was pressed: below the map of questions nobody sees it.
  if (text) room.querySelector(".drill-bar .actions").before(trouble);
  trouble.hidden = !text;
  trouble.querySelector("p").textContent = text || "";
  trouble.querySelector("a").hidden = !signIn;
}

function say(text) {
  room.querySelector(".drill-say").textContent = text;
}

// A form as it would be sent by the key that was pressed.
function fields(form, key) {
  const all = new URLSearchParams(new FormData(form));
  if (key && key.name) all.append(key.name, key.value);
  return all;
}

const post = (form, key, address = form.dataset.api) => postForm(address, fields(form, key));

// What is missing is said by this script, in the page's language and beside the button.
function prepare() {
  chosen = null;
  enhance(room);
  room.querySelector("form.question").noValidate = true;
  const field = room.querySelector('.question input[type="text"]:enabled');
  if (field && matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
}

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
    prepare();
    room.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    const mark = document.getElementById("mark");
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "nearest" });
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

function submit(form, key) {
  if (!ready(room)) return room.querySelector("[data-number]").focus();
  settle(room);
  const essay = room.querySelector("textarea");
  if (!(key && key.name === "judged") && !(essay ? essay.value.trim() : response(room))) {
    say("");
    return tell(form.dataset.empty);
  }
  send(form, key);
}

room.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = event.submitter;
  if (key && key.name === "star") star(event.target, key);
  else submit(event.target, key);
});

// The first touch chooses, the second one is the answer: a slip of the finger is not final, nor is
// a double click of habit. The keyboard chooses, and the key Enter is the button.
room.addEventListener("click", (event) => {
  const row = event.target.closest(".choice");
  const input = row && row.querySelector('input[type="radio"]:enabled');
  if (!input || input !== chosen || event.detail !== 1 || !event.isTrusted) return;
  event.preventDefault();
  submit(input.form);
});

room.addEventListener("change", (event) => {
  tell("");
  if (!event.target.matches('input[type="radio"]')) return say("");
  chosen = event.target;
  say(event.target.form.dataset.chosen);
});
room.addEventListener("input", () => tell(""));

// Enter and → go on, unless they mean something where the focus is.
function goOn(event) {
  const next = room.querySelector("#next");
  const check = room.querySelector("#check");
  if (event.key === "ArrowRight" && !next) return;
  if (event.target.closest("a, button, select, textarea, audio") && event.key === "Enter") return;
  if (!next && (!check || event.target.matches('input[type="text"]'))) return; // the form does it
  event.preventDefault();
  if (next) next.click();
  else check.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || composes(event)) return;
  if (event.key === "Enter" || event.key === "ArrowRight") return goOn(event);
  if (event.target.matches('input[type="text"], textarea, select, audio')) return;
  const option = room.querySelectorAll(".choice input:enabled")[optionOfKey(event.key)];
  if (!option) return;
  event.preventDefault();
  option.focus();
  option.click();
});

prepare();
