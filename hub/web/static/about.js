// Choosing a lecturer fills in who that is. Without this script people type it.
(function () {
  var chosen = document.querySelector("select[data-fills]");
  if (!chosen) return;
  chosen.addEventListener("change", function () {
    var option = chosen.options[chosen.selectedIndex];
    if (!option.value) return;
    document.getElementById("f-lecturer").value = option.value;
    document.getElementById("f-lecturer_about").value = option.dataset.about || "";
  });
})();
