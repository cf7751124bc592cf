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

function moveButton(text, step) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = text;
  button.addEventListener("click", () => go(here + step));
  return button;
}

const count = document.createElement("span");
count.setAttribute("role", "status");
if (marks.length) {
  place.append(count);
  if (marks.length > 1) place.append(moveButton(place.dataset.previous, -1), moveButton(place.dataset.next, 1));
  go(0);
}
