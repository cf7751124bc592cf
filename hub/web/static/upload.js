// Fills the bar of a form that hands in a file. Without this script the form works all the same.
document.querySelectorAll("form[data-upload]").forEach(function (form) {
  var bar = form.querySelector(".upload .bar");
  var button = form.querySelector("button[type=submit]");
  if (!bar || !window.FormData) return;
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var request = new XMLHttpRequest();
    var meter = bar.querySelector("progress");
    var words = bar.querySelector(".bar-text");
    bar.hidden = false;
    button.disabled = true;
    request.upload.onprogress = function (step) {
      if (!step.lengthComputable) return;
      meter.value = 100 * step.loaded / step.total;
      words.textContent = Math.floor(meter.value) + "%";
    };
    request.onload = function () {
      // The answer is the next page: the preview, or the list of what is wrong.
      if (request.responseURL && request.responseURL !== form.action) {
        window.location.assign(request.responseURL);
        return;
      }
      document.open();
      document.write(request.responseText);
      document.close();
    };
    request.onerror = function () {
      button.disabled = false;
      bar.hidden = true;
      form.submit();
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
});
