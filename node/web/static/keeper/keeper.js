// The sync page while a sync runs: asks how far it is each second, then shows the page anew.
// Without this script the page renews itself (noscript) or by the keeper's hand.
"use strict";
(function () {
  var live = document.getElementById("sync-live");
  if (!live || !live.dataset.running) return;
  var words = document.getElementById("sync-words");
  var bar = live.querySelector("progress");
  var began = Date.now();
  var seen = false;
  var before = live.dataset.tries;

  function show(now) {
    seen = seen || now.running;
    words.textContent = live.dataset[now.phase || "start"];
    bar.max = now.total || 1;
    bar.value = Math.min(now.done, bar.max);
    // A sync that is noted is over, even if it was too short to be seen. One that never begins is
    // not waited for.
    var noted = before !== "" && now.tries > Number(before);
    if (!now.running && (seen || noted || Date.now() - began > 6000)) {
      location.replace(live.dataset.page);
      return;
    }
    setTimeout(ask, 1000);
  }

  function ask() {
    fetch(live.dataset.url, { credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(show, function () { setTimeout(ask, 3000); });
  }

  ask();
})();
