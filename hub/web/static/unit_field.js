// A unit is found by name while one types. Without this script the field takes its code.

const WAIT_MS = 150;

function line(unit, id) {
  const option = document.createElement("li");
  const name = document.createElement("b");
  const place = document.createElement("small");
  option.id = id;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  name.textContent = unit.name;
  place.textContent = [unit.above, unit.code].filter(Boolean).join(" · ");
  option.append(name, place);
  return option;
}

function picker(field) {
  const input = field.querySelector("input");
  const words = field.querySelector(".unit-words").dataset;
  const hint = field.querySelector(".hint");
  const kept = document.createElement("input");
  const list = document.createElement("ul");
  const said = document.createElement("p");
  let units = [];
  let at = -1;
  let timer = 0;
  let asked = 0;

  kept.type = "hidden";
  kept.name = input.name;
  kept.value = input.value;
  input.removeAttribute("name");
  if (field.dataset.chosen) input.value = field.dataset.chosen;
  const shown = field.querySelector(".chosen-unit");
  if (shown) shown.hidden = true;
  hint.textContent = hint.dataset.hint;
  list.id = `${input.id}-list`;
  list.className = "unit-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.count);
  said.className = "unseen";
  said.setAttribute("role", "status");
  input.after(kept, list, said);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id,
    "aria-autocomplete": "list", "aria-haspopup": "listbox",
  })) input.setAttribute(name, value);

  // What was asked before and is not answered yet must not open the list again.
  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(unit) {
    kept.value = unit.code;
    input.value = `${unit.name} (${unit.code})`;
    close();
  }

  function mark(next) {
    const options = [...list.querySelectorAll("[role=option]")];
    if (!options.length) return;
    at = (next + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  }

  function show(answer) {
    units = answer.units;
    list.textContent = "";
    units.forEach((unit, number) => list.append(line(unit, `${list.id}-${number}`)));
    said.textContent = units.length ? words.count : words.none;
    if (!units.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = words.none;
      list.append(none);
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    at = -1;
  }

  async function ask() {
    const text = input.value.trim();
    if (!text) { close(); return; }
    asked += 1;
    const mine = asked;
    const answer = await fetch(`${field.dataset.units}&q=${encodeURIComponent(text)}`);
    const listed = answer.ok ? await answer.json() : null;
    // An answer that was overtaken by a newer question is not shown.
    if (listed && mine === asked) show(listed);
  }

  input.addEventListener("input", () => {
    kept.value = input.value.trim();
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
    } else if (event.key === "Enter" && !list.hidden && units.length) {
      event.preventDefault();
      choose(units[Math.max(at, 0)]);
    } else if (event.key === "Escape") {
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) choose(units[[...list.children].indexOf(option)]);
  });
  input.addEventListener("blur", close);
}

document.querySelectorAll(".unit-field").forEach(picker);
