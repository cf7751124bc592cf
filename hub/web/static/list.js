// Choosing all rows of a page at once. Without this script each is chosen by itself.

const all = document.querySelector("[data-pick-all]");
const ticks = [...document.querySelectorAll("input[name=pick]")];

if (all && ticks.length) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
  });
}
