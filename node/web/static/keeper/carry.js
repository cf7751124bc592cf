// The page U 盘摆渡: shows how far it is each second, and that a stick was plugged in.
// Without this script the page renews itself (noscript) or by the keeper's hand.
"use strict";
(function () {
  var live = document.getElementById("carry-live");
  if (!live) return;
  var words = document.getElementById("carry-words");
  var bar = live.querySelector("progress");
  var running = Boolean(live.dataset.running);

  function show(now) {
    if (now.running !== running || now.sticks.join("|") !== live.dataset.sticks) {
      // The words that the stick may be pulled must stay when it is pulled.
      if (now.running !== running || now.sticks.length) {
        location.replace(live.dataset.page);
        return;
      }
    }
    if (running) {
      words.textContent = live.dataset[now.phase || "start"];
      bar.max = now.total || 1;
      bar.value = Math.min(now.done, bar.max);
    }
    setTimeout(ask, running ? 500 : 2000);
  }

  function ask() {
    fetch(live.dataset.url, { credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(show, function () { setTimeout(ask, 3000); });
  }

  setTimeout(ask, running ? 300 : 2000);
})();
