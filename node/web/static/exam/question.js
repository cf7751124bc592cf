// One question on a page, of whatever type: its fields read into the text that the node records
// (response.js), and filled from it; the buttons that move the rows of an ordering. The markup is
// in questions.html.

import {
  blanksFrom, blanksText, choiceText, isNumber, matchFrom, matchText, numberText, orderText,
} from "./response.js";

// Whether a key belongs to an input method: Enter then takes what is composed and means nothing
// else. Safari says that the composition is over before it says which key ended it.
export const composes = (event) => event.isComposing || event.keyCode === 229;

const texts = (section) => [...section.querySelectorAll('input[type="text"]')];
const matches = (section) => [...section.querySelectorAll(".match select")];
const places = (section) => [...section.querySelectorAll(".order select")];

// What the learner answered; "" for nothing.
export function response(section) {
  const [text] = texts(section);
  if (text && "number" in text.dataset) return numberText(text.value);
  if (text) return blanksText(texts(section).map((field) => field.value));
  const chosen = matches(section);
  if (chosen.length) return matchText(chosen.map((select) => select.value));
  const placed = places(section);
  if (placed.length) {
    // The value of a place is the letter of its row and a figure.
    return orderText(placed.map((select) => (
      { letter: letter(select), place: Number(select.value.slice(1)) || 0 })));
  }
  return choiceText([...section.querySelectorAll("input:checked")].map((input) => input.value));
}

export function show(section, given) {
  const parts = blanksFrom(given);
  texts(section).forEach((field, n) => { field.value = parts[n] || ""; });
  const selects = matches(section);
  const letters = matchFrom(given, selects.length);
  selects.forEach((select, n) => { select.value = letters[n]; });
  if (places(section).length) return put(section.querySelector(".order"), given);
  for (const input of section.querySelectorAll(".choice input")) input.checked = given.includes(input.value);
}

// Whether what stands in the fields can be recorded.
export function ready(section) {
  const number = section.querySelector("[data-number]");
  if (!number) return true;
  const fits = isNumber(number.value);
  section.querySelector(".number-wrong").hidden = fits;
  number.setAttribute("aria-invalid", String(!fits));
  return fits;
}

// An ordering that nobody touched is answered by the order in which it is shown.
export function settle(section) {
  const list = section.querySelector(".order");
  if (list && !response(section)) number(list);
}

const letter = (select) => select.closest("li").dataset.letter;

function number(list) {
  [...list.children].forEach((row, n) => {
    row.querySelector("select").value = `${row.dataset.letter}${n + 1}`;
  });
}

function put(list, given) {
  for (const wanted of given) list.append(list.querySelector(`[data-letter="${wanted}"]`));
  if (given) number(list);
  else list.querySelectorAll("select").forEach((select) => { select.value = ""; });
  renumber(list);
}

function renumber(list) {
  const rows = [...list.children];
  rows.forEach((row, n) => {
    row.querySelector(".number-of").textContent = n + 1;
    const [up, down] = row.querySelectorAll(".moves button");
    up.disabled = n === 0;
    down.disabled = n === rows.length - 1;
  });
  const sure = list.parentElement.querySelector(".order-sure");
  if (sure) sure.hidden = places(list.parentElement).some((select) => select.value);
}

function moveButton(row, list, way, path) {
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  const text = row.querySelector(".order-text").textContent.trim();
  button.setAttribute("aria-label", `${way < 0 ? list.dataset.up : list.dataset.down}：${text}`);
  button.addEventListener("click", () => move(row, list, way, button));
  return button;
}

function move(row, list, way, pressed) {
  const other = way < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (way < 0) other.before(row);
  else other.after(row);
  number(list);
  renumber(list);
  if (pressed.disabled) row.querySelector(".moves button:enabled").focus();
  else pressed.focus();
  const place = list.dataset.place.replace("{n}", [...list.children].indexOf(row) + 1);
  list.parentElement.querySelector(".order-said").textContent =
    `${row.querySelector(".order-text").textContent.trim()}：${place}`;
  changed(list);
}

const changed = (list) => list.dispatchEvent(new Event("change", { bubbles: true }));

// sure: add a button for "this order is right as it stands", where nothing else would send it.
export function enhance(section, sure = false) {
  const list = section.querySelector(".order");
  if (!list || list.closest("fieldset:disabled") || list.querySelector(".moves")) return;
  for (const row of list.children) {
    row.querySelector(".order-place").hidden = true;
    const at = document.createElement("span");
    at.className = "number-of";
    row.prepend(at);
    const moves = document.createElement("span");
    moves.className = "moves";
    moves.append(
      moveButton(row, list, -1, "M12 19V5M5.5 11.5L12 5l6.5 6.5"),
      moveButton(row, list, 1, "M12 5v14M5.5 12.5L12 19l6.5-6.5"),
    );
    row.append(moves);
  }
  const spoken = document.createElement("p"); // read aloud by a screen reader
  spoken.className = "order-said unseen";
  spoken.setAttribute("role", "status");
  list.after(spoken);
  if (sure) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet order-sure";
    button.textContent = list.dataset.sure;
    button.addEventListener("click", () => { number(list); renumber(list); changed(list); });
    list.after(button);
  }
  renumber(list);
}
