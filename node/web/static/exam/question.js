// One question on a page, of whatever type: what is answered in its fields, in the one form that
// the node records, and back; the keys that move the rows of an ordering. Markup: questions.html.

// Parts the blanks of one question.
const BLANKS = "‖";
const NUMBER = /^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})(e[+-]?\d{1,2})?$/;

const texts = (section) => [...section.querySelectorAll('input[type="text"]')];
const matches = (section) => [...section.querySelectorAll(".match select")];
const places = (section) => [...section.querySelectorAll(".order select")];
const folded = (text) => text.normalize("NFKC").replace(/[\s,]/g, "").toLowerCase();

// What the learner answered, in the letters of the question bank; "" for nothing.
export function response(section) {
  const [text] = texts(section);
  if (text && "number" in text.dataset) return folded(text.value);
  if (text) {
    const parts = texts(section).map((one) => one.value.trim().split(BLANKS).join(" "));
    return parts.some(Boolean) ? parts.join(BLANKS) : "";
  }
  const chosen = matches(section);
  if (chosen.length) {
    return chosen.some((one) => one.value) ? chosen.map((one) => one.value || "-").join("") : "";
  }
  const placed = places(section);
  if (placed.length) {
    const at = (one) => Number(one.value.slice(1)) || placed.length + 1;
    if (!placed.some((one) => one.value)) return "";
    return [...placed].sort((a, b) => at(a) - at(b)).map((one) => letter(one)).join("");
  }
  return [...section.querySelectorAll("input:checked")].map((one) => one.value).sort().join("");
}

export function show(section, given) {
  const parts = given.split(BLANKS);
  texts(section).forEach((one, n) => { one.value = parts[n] || ""; });
  matches(section).forEach((one, n) => { one.value = (given[n] || "-").replace("-", ""); });
  if (places(section).length) return put(section.querySelector(".order"), given);
  for (const one of section.querySelectorAll(".choice input")) one.checked = given.includes(one.value);
}

// Whether what stands in the fields can be recorded; what is being typed may not be a number yet.
export function ready(section) {
  const number = section.querySelector("[data-number]");
  if (!number) return true;
  const fits = !number.value.trim() || NUMBER.test(folded(number.value));
  section.querySelector(".number-wrong").hidden = fits;
  number.setAttribute("aria-invalid", String(!fits));
  return fits;
}

// An ordering that nobody touched stands in the order that is shown: say so by choosing it.
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
  for (const one of given) list.append(list.querySelector(`[data-letter="${one}"]`));
  if (given) number(list);
  else list.querySelectorAll("select").forEach((one) => { one.value = ""; });
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
  if (sure) sure.hidden = places(list.parentElement).some((one) => one.value);
}

function key(row, list, way, path) {
  const one = document.createElement("button");
  one.type = "button";
  one.innerHTML = `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  const text = row.querySelector(".order-text").textContent.trim();
  one.setAttribute("aria-label", `${way < 0 ? list.dataset.up : list.dataset.down}：${text}`);
  one.addEventListener("click", () => move(row, list, way, one));
  return one;
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

// sure: whether a key is needed for "this order is right as it stands" (where nothing is sent else)
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
    moves.append(key(row, list, -1, "M12 19V5M5.5 11.5L12 5l6.5 6.5"), key(row, list, 1, "M12 5v14M5.5 12.5L12 19l6.5-6.5"));
    row.append(moves);
  }
  const said = document.createElement("p");
  said.className = "order-said unseen";
  said.setAttribute("role", "status");
  list.after(said);
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
