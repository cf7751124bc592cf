// A PDF in the page, drawn by pdf.js: pages are drawn when they come near, and let go when far.
// What is read counts in reader.js; nothing is kept in the browser.

const room = document.getElementById("pdf");
const pages = document.getElementById("reading");
const keys = room.querySelector(".pdf-keys");
const at = room.querySelector(".pdf-at");
const STEP = 1.25;
const MOST = 4;
// Beyond this a canvas of an old PC's browser stays white.
const MOST_PIXELS = 12_000_000;
let file = null;
let zoom = 1; // 1: as wide as the room
let here = 1;
let drawn = []; // per page: {box, width, height, task}

function showFault(words) {
  const notice = document.createElement("p");
  notice.className = "pdf-waits";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  pages.replaceChildren(notice);
}

// In few digits: Chromium 86 rounds the numbers of a style sheet, and pdf.js needs them exact.
function scaleOf(page) {
  return Math.floor((1e4 * zoom * Math.max(200, pages.clientWidth - 24)) / page.width) / 1e4;
}

function layOut() {
  for (const page of drawn) {
    const scale = scaleOf(page);
    page.box.style.width = `${Math.floor(page.width * scale)}px`;
    page.box.style.height = `${Math.floor(page.height * scale)}px`;
  }
}

function clear(page) {
  if (page.task) page.task.cancel();
  page.task = null;
  page.box.replaceChildren();
}

async function draw(number) {
  const page = drawn[number - 1];
  if (page.task || page.box.firstChild) return;
  const begun = { cancel() {} };
  page.task = begun;
  const source = await file.getPage(number);
  if (page.task !== begun) return; // left again meanwhile, or begun anew
  const scale = scaleOf(page);
  const shown = source.getViewport({ scale });
  const area = shown.width * shown.height;
  const dense = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / area));
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(shown.width * dense);
  canvas.height = Math.floor(shown.height * dense);
  const text = document.createElement("div");
  text.className = "pdf-text";
  text.style.setProperty("--scale-factor", scale);
  page.box.replaceChildren(canvas, text);
  const task = source.render({
    canvasContext: canvas.getContext("2d", { alpha: false }),
    viewport: source.getViewport({ scale: scale * dense }),
  });
  page.task = task;
  try {
    await task.promise;
    const words = await source.getTextContent();
    await window.pdfjsLib.renderTextLayer({ textContentSource: words, container: text, viewport: shown }).promise;
  } catch (error) {
    if (error.name !== "RenderingCancelledException") throw error;
  }
}

function drawAnew() {
  const was = here;
  for (const page of drawn) clear(page);
  layOut();
  go(was);
  drawNear();
}

function drawNear() {
  const seen = pages.getBoundingClientRect();
  const middle = seen.top + seen.height / 3;
  for (const [index, page] of drawn.entries()) {
    const box = page.box.getBoundingClientRect();
    if (box.top <= middle && box.bottom > middle) here = index + 1;
    const near = box.bottom > seen.top - seen.height && box.top < seen.bottom + seen.height;
    if (near) draw(index + 1);
    else if (page.box.firstChild) clear(page);
  }
  at.textContent = room.dataset.page.replace("{n}", here).replace("{all}", drawn.length);
}

function go(number) {
  here = Math.min(Math.max(number, 1), drawn.length);
  pages.scrollTop = drawn[here - 1].box.offsetTop - 12;
}

async function open() {
  const library = room.dataset.library;
  const lib = window.pdfjsLib;
  lib.GlobalWorkerOptions.workerSrc = `${library}pdf.worker.min.js`;
  file = await lib.getDocument({
    url: room.dataset.src,
    cMapUrl: `${library}cmaps/`,
    cMapPacked: true,
    isEvalSupported: false, // CVE-2024-4367
    enableXfa: false,
    useSystemFonts: true,
    disableAutoFetch: true,
  }).promise;
  const boxes = [];
  for (let number = 1; number <= file.numPages; number += 1) {
    // The first page tells the form of those not yet looked at: a book of 300 pages opens at once.
    const shape = number <= 2 ? (await file.getPage(number)).getViewport({ scale: 1 }) : boxes[boxes.length - 1];
    const box = document.createElement("div");
    box.className = "pdf-page";
    boxes.push({ box, width: shape.width, height: shape.height, task: null });
  }
  drawn = boxes;
  pages.replaceChildren(...boxes.map((page) => page.box));
  keys.hidden = false;
  layOut();
  const asked = Number(new URLSearchParams(location.search).get("page"));
  if (asked > 1) go(asked);
  drawNear();
}

keys.addEventListener("click", (event) => {
  const key = event.target.closest("button");
  if (!key) return;
  if (key.dataset.step) go(here + Number(key.dataset.step));
  else {
    const way = Number(key.dataset.zoom);
    zoom = way === 0 ? 1 : Math.min(MOST, Math.max(1 / MOST, zoom * STEP ** way));
    drawAnew();
  }
});
let waits = 0;
pages.addEventListener("scroll", () => {
  cancelAnimationFrame(waits);
  waits = requestAnimationFrame(drawNear);
}, { passive: true });
let width = 0;
new ResizeObserver(() => {
  if (!drawn.length || Math.abs(pages.clientWidth - width) < 8) return;
  width = pages.clientWidth;
  drawAnew();
}).observe(pages);

open().catch((error) => showFault(error.name === "PasswordException" ? room.dataset.locked : room.dataset.fault));
