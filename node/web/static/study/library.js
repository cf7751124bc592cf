// A document with hits: go to the first, then from one to the next.

const marks = [...document.querySelectorAll(".document mark")];
const place = document.getElementById("hits");
let here = -1;

function go(to) {
  if (here >= 0) marks[here].classList.remove("here");
  here = (to + marks.length) % marks.length;
  marks[here].classList.add("here");
  marks[here].scrollIntoView({ block: "center" });
  count.textContent = place.dataset.words.replace("{n}", here + 1).replace("{all}", marks.length);
}

function key(text, step) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button button-quiet";
  made.textContent = text;
  made.addEventListener("click", () => go(here + step));
  return made;
}

const count = document.createElement("span");
count.setAttribute("role", "status");
if (marks.length) {
  place.append(count);
  if (marks.length > 1) place.append(key(place.dataset.previous, -1), key(place.dataset.next, 1));
  go(0);
}
