// A box that shows what is typed into a secret's field, until the form is sent.

for (const row of document.querySelectorAll("[data-shows]")) {
  const fields = row.dataset.shows.split(" ").map((id) => document.getElementById(id));
  const box = row.querySelector("input");
  const show = (open) => { for (const field of fields) field.type = open ? "text" : "password"; };
  row.hidden = false;
  box.checked = false;
  box.addEventListener("change", () => show(box.checked));
  fields[0].form.addEventListener("submit", () => show(false));
}
