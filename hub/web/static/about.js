// Choosing a lecturer fills in who that is. Without this script people type it.

const lecturer = document.querySelector("select[data-fills]");

function fill() {
  const option = lecturer.options[lecturer.selectedIndex];
  if (!option.value) return;
  document.getElementById("f-lecturer").value = option.value;
  document.getElementById("f-lecturer_about").value = option.dataset.about || "";
}

if (lecturer) lecturer.addEventListener("change", fill);
