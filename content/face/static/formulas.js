// Formulas: TeX between \( \) or \[ \] in questions and pages, drawn by KaTeX. Without scripts the
// TeX stays readable. KaTeX makes elements and sets their styles one by one, which the page's
// Content-Security-Policy allows; nothing here makes markup out of text.

const FORMULA = /\\\(([^]+?)\\\)|\\\[([^]+?)\\\]/g;
const PLACES = ".question, .reading, .formulas";
// A formula of a course is a line; one that grows without end draws as its source.
const OPTIONS = { throwOnError: false, trust: false, strict: "ignore", maxExpand: 500, maxSize: 20 };

function draw(text) {
  const drawn = document.createDocumentFragment();
  let at = 0;
  for (const found of text.data.matchAll(FORMULA)) {
    drawn.append(text.data.slice(at, found.index));
    const place = document.createElement("span");
    place.className = "formula";
    const display = found[2] !== undefined;
    window.katex.render(display ? found[2] : found[1], place, { ...OPTIONS, displayMode: display });
    drawn.append(place);
    at = found.index + found[0].length;
  }
  drawn.append(text.data.slice(at));
  text.replaceWith(drawn);
}

function drawAll(root) {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) {
    const inside = walk.currentNode.parentElement;
    if (inside.closest("option, textarea, code, pre, .formula")) continue;
    if (walk.currentNode.data.search(FORMULA) >= 0) texts.push(walk.currentNode);
  }
  texts.forEach(draw);
}

document.querySelectorAll(PLACES).forEach(drawAll);
// A page that replaced a piece of itself says so.
document.addEventListener("shown", (event) => drawAll(event.target));
