// Forms: sent once however often the button is pressed. Without this, the server keeps a form that is sent twice from
// creating twice.

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A preview in a frame beside the form may be asked for as often as wanted.
  if (!form.matches("[data-once]") || event.submitter?.hasAttribute("formtarget")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// A form that comes back with a mistake: to the first field that needs a correction.
const wrong = document.querySelector("main [aria-invalid=true]");
if (wrong && !document.querySelector("form[data-blocks], form[data-amend]")) wrong.focus();

// Coming back to a form that was sent, one may send it again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});
