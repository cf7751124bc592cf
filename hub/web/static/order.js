// Items of a plan are dragged to their place. Without this script the buttons beside them do it.
(function () {
  var plan = document.querySelector(".plan[data-order]");
  if (!plan || !plan.dataset.order) return;
  var dragged = null;

  function itemAt(node) { return node.closest ? node.closest("li[data-item]") : null; }

  // Only now: what can be dragged is also put down where it was dropped.
  plan.querySelectorAll("li[data-item]").forEach(function (item) { item.draggable = true; });
  plan.addEventListener("dragstart", function (event) {
    dragged = itemAt(event.target);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.item);
    dragged.classList.add("dragged");
  });
  plan.addEventListener("dragover", function (event) {
    if (!dragged) return;
    event.preventDefault();
    var over = itemAt(event.target), module = event.target.closest("section[data-module]");
    if (over && over !== dragged) {
      var box = over.getBoundingClientRect();
      var after = event.clientY > box.top + box.height / 2;
      over.parentNode.insertBefore(dragged, after ? over.nextSibling : over);
    } else if (module && !over && !module.querySelector("li[data-item]")) {
      var list = module.querySelector(".plan-items");
      if (list) list.appendChild(dragged);
    }
  });
  plan.addEventListener("drop", function (event) { if (dragged) event.preventDefault(); });
  plan.addEventListener("dragend", function () {
    if (!dragged) return;
    var item = dragged, next = item.nextElementSibling;
    item.classList.remove("dragged");
    dragged = null;
    var data = new FormData();
    data.append("csrf_token", document.querySelector("meta[name=csrf-token]").content);
    data.append("edition", plan.dataset.edition);
    data.append("do", "place");
    data.append("item", item.dataset.item);
    var module = item.closest("section[data-module]").dataset;
    data.append("module", module.module);
    // Behind the last one of a page stands the first one of the next page.
    data.append("before", next ? next.dataset.item : module.beyond || "");
    var request = new XMLHttpRequest();
    // The page comes again either way: saved, or as somebody else has left it.
    request.onloadend = function () { window.location.reload(); };
    request.open("POST", plan.dataset.order);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
})();
