// Items of a plan are dragged to their place. Without this script the buttons beside them do it.

import { isBehind, placeFields } from "./drop_place.js";

const plan = document.querySelector(".plan[data-order]");
let dragged = null;

const itemAt = (node) => (node.closest ? node.closest("li[data-item]") : null);

function begin(event) {
  dragged = itemAt(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.item);
  dragged.classList.add("dragged");
}

function move(event) {
  if (!dragged) return;
  event.preventDefault();
  const over = itemAt(event.target);
  const module = event.target.closest("section[data-module]");
  if (over && over !== dragged) {
    const behind = isBehind(event.clientY, over.getBoundingClientRect());
    over.parentNode.insertBefore(dragged, behind ? over.nextSibling : over);
  } else if (module && !over && !module.querySelector("li[data-item]")) {
    const list = module.querySelector(".plan-items");
    if (list) list.appendChild(dragged);
  }
}

function end() {
  if (!dragged) return;
  const item = dragged;
  const next = item.nextElementSibling;
  const module = item.closest("section[data-module]").dataset;
  item.classList.remove("dragged");
  dragged = null;
  send(placeFields({
    item: item.dataset.item,
    module: module.module,
    next: next ? next.dataset.item : "",
    beyond: module.beyond,
    edition: plan.dataset.edition,
  }));
}

function send(fields) {
  const form = new FormData();
  form.append("csrf_token", document.querySelector("meta[name=csrf-token]").content);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const request = new XMLHttpRequest();
  // The page comes again either way: saved, or as somebody else has left it.
  request.onloadend = () => window.location.reload();
  request.open("POST", plan.dataset.order);
  request.setRequestHeader("Accept", "application/json");
  request.send(form);
}

if (plan && plan.dataset.order) {
  // Only now: what can be dragged is also put down where it was dropped.
  plan.querySelectorAll("li[data-item]").forEach((item) => { item.draggable = true; });
  plan.addEventListener("dragstart", begin);
  plan.addEventListener("dragover", move);
  plan.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
  plan.addEventListener("dragend", end);
}
