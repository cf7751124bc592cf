// Files dropped on the form or chosen in it go up one by one, each with its bar.
// Without this script the form works all the same, with all files in one request.
(function () {
  var form = document.querySelector("form[data-import]");
  if (!form || !window.FormData || !window.XMLHttpRequest) return;
  var drop = form.querySelector("#drop"), input = form.querySelector("input[type=file]");
  var list = form.querySelector("#going"), words = form.querySelector("#words").dataset;
  var button = form.querySelector("button[type=submit]"), most = Number(form.dataset.most);
  var queue = [], busy = false, failed = 0;

  function later(name) { return /\.(srt|vtt|jpe?g|png)$/i.test(name) ? 1 : 0; }

  function row(file) {
    var line = document.createElement("li"), name = document.createElement("b");
    var said = document.createElement("span"), bar = document.createElement("progress");
    name.textContent = file.name;
    said.textContent = words.waits;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", words.bar);
    line.appendChild(name); line.appendChild(bar); line.appendChild(said);
    list.appendChild(line);
    return {file: file, bar: bar, said: said, line: line};
  }

  function take(files) {
    var all = Array.prototype.slice.call(files);
    if (!all.length) return;
    list.hidden = false;
    all.sort(function (a, b) { return later(a.name) - later(b.name); });
    all.forEach(function (file) {
      var one = row(file);
      if (file.size > most) {
        fail(one, words.large);
      } else {
        queue.push(one);
      }
    });
    if (!busy) next();
  }

  function fail(one, text) {
    failed += 1;
    one.line.className = "wrong";
    one.said.textContent = text;
  }

  function next() {
    var one = queue.shift();
    if (!one) {
      busy = false;
      button.disabled = false;
      if (!failed) window.location.assign(form.dataset.next);
      return;
    }
    busy = true;
    button.disabled = true;
    send(one);
  }

  function send(one) {
    var data = new FormData(form), request = new XMLHttpRequest();
    data.delete("file");
    data.append("file", one.file, one.file.name);
    request.upload.onprogress = function (step) {
      if (!step.lengthComputable) return;
      one.bar.value = 100 * step.loaded / step.total;
      one.said.textContent = Math.floor(one.bar.value) + "%";
    };
    request.onload = function () {
      if (request.status === 200) {
        one.bar.value = 100;
        one.line.className = "done";
        one.said.textContent = words.done;
      } else {
        fail(one, request.status === 413 ? words.large : words.failed);
      }
      next();
    };
    request.onerror = function () { fail(one, words.failed); next(); };
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    take(input.files);
    input.value = "";
  });
  ["dragenter", "dragover"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      event.preventDefault();
      drop.classList.add("over");
    });
  });
  document.addEventListener("dragleave", function (event) {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", function (event) {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer) take(event.dataTransfer.files);
  });
})();
