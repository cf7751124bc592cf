// Fills the bar of a form that hands in a file. Without this script the form works all the same.

import { leadsOn, percentOf } from "./upload_rules.js";

function watch(form) {
  const bar = form.querySelector(".upload .bar");
  const button = form.querySelector("button[type=submit]");
  if (!bar || "watched" in form.dataset) return;
  form.dataset.watched = "";
  const meter = bar.querySelector("progress");
  const words = bar.querySelector(".bar-text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    bar.hidden = false;
    button.disabled = true;
    const request = new XMLHttpRequest();
    request.upload.onprogress = (step) => {
      if (!step.lengthComputable) return;
      meter.value = percentOf(step.loaded, step.total);
      // All is sent; reading a large table takes the server seconds.
      const reads = meter.value === 100 && form.dataset.reading;
      words.textContent = reads || `${meter.value}%`;
    };
    // All of it is there; what takes time now is that the hub reads it.
    request.upload.onload = () => {
      meter.removeAttribute("value");
      words.textContent = bar.dataset.checking || words.textContent;
    };
    request.onload = () => {
      // The answer is the next page: the preview, or this one with the list of what is wrong.
      if (leadsOn(request.responseURL, form.action)) window.location.assign(request.responseURL);
      else show(request.responseText);
    };
    request.onerror = () => {
      button.disabled = false;
      bar.hidden = true;
      form.submit();
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}

const watchAll = () => document.querySelectorAll("form[data-upload]").forEach(watch);

// A document that is written anew does not run a module again that it ran before.
function show(page) {
  document.open();
  document.write(page);
  document.close();
  watchAll();
}

watchAll();
