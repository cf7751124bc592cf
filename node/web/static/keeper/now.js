// The page 在学 keeps itself up to date: every 15 seconds, while somebody can see it and nobody
// works in the table by keyboard. After half an hour it stops: an open page must not keep the
// keeper signed in for ever. Without this script there is the button.
"use strict";
(function () {
  var EVERY_MS = 15000, ROUNDS = 120;
  var live = document.getElementById("now-live");
  if (!live) return;
  var left = ROUNDS;

  function show(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("now-live");
    if (fresh && !live.contains(document.activeElement)) live.innerHTML = fresh.innerHTML;
  }

  function ask() {
    if (left-- <= 0) return;
    if (document.hidden) { later(); return; }
    fetch(live.dataset.page, { credentials: "same-origin" })
      .then(function (answer) { return answer.text(); })
      .then(show)
      .then(later, later);
  }

  function later() { setTimeout(ask, EVERY_MS); }

  later();
})();
