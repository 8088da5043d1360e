// Two comforts, neither needed: a password can be looked at, and a form cannot be sent twice.
for (const button of document.querySelectorAll("[data-reveals]")) {
  const input = document.getElementById(button.dataset.reveals);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // Sent as a password again, so that the browser offers to save it and never keeps it as text.
  input.form.addEventListener("submit", () => show(false));
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // Long enough for a double click, short enough for a reader who stopped the page and tries again.
    setTimeout(() => delete form.dataset.sent, 3000);
  });
}

// A page that comes back out of the history is fresh again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
