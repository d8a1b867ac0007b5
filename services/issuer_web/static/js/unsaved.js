// What was typed and not saved: leaving the page asks first, and Publish waits for it. Without this, a form is what the
// browser keeps of it.

const forms = [...document.querySelectorAll("form[data-guard]")];
let isSent = false;

// A form that came back with something wrong, or to be decided, holds what is not saved though nobody has typed since.
const cameBack = (form) => form.querySelector("[aria-invalid], .differs") !== null;

function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (!field.options) return field.type !== "hidden" && field.value !== field.defaultValue;
  const chosen = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(chosen, 0);
}

function isUnsaved(form) {
  const fields = [...form.elements].filter((field) => field.name && field.type !== "submit" && field.type !== "button");
  return cameBack(form) || fields.some(isChanged);
}

window.addEventListener("beforeunload", (event) => {
  if (!isSent && forms.some(isUnsaved)) event.preventDefault();
});

// After the other listeners: a form that is kept from being sent stays.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && !event.submitter?.hasAttribute("formtarget")) isSent = true;
});
window.addEventListener("pageshow", () => {
  isSent = false;
});

// Before the other listeners: Publish would publish what is stored, and not what is on the screen.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-needs-saved]") || !forms.some(isUnsaved)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.querySelector("[data-unsaved]").hidden = false;
  forms.find(isUnsaved).querySelector("[data-saves]").focus();
}, { capture: true });
