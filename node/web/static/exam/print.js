// The button that prints: shown only where scripts run.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
