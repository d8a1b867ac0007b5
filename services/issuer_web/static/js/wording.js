// An email's wording: placeholders are put in by a click or a key, and the preview follows what is typed. Without
// this, they are typed as they are listed, and the Preview button asks for the email.

const form = document.getElementById("wording");
const figure = document.querySelector("[data-preview]");
const button = figure.querySelector("[data-preview-button]");
const told = figure.querySelector("[data-preview-told]");
let timer = 0;

for (const code of document.querySelectorAll("[data-placeholder]")) {
  const field = document.getElementById(code.dataset.placeholder);
  const insert = Object.assign(document.createElement("button"), { type: "button", translate: false, textContent: code.textContent });
  insert.addEventListener("click", () => {
    field.focus();
    // Where the caret was; in place of what was marked. It can be undone like typing.
    field.setRangeText(insert.textContent, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  code.replaceWith(insert);
}

// Each preview in a frame of its own: going back leaves the page, and not the preview before.
let shown = figure.querySelector("iframe");
let coming = null;
let count = 0;

const draw = () => {
  coming?.remove();
  const frame = shown.cloneNode(false);
  frame.removeAttribute("src");
  // A frame keeps the name that it was made with.
  button.formTarget = frame.name = `email-${(count += 1)}`;
  frame.hidden = true;
  shown.after(frame);
  coming = frame;
  frame.addEventListener("load", () => {
    if (frame !== coming) return;
    shown.remove();
    frame.hidden = false;
    [shown, coming] = [frame, null];
    told.textContent = told.dataset.drawn;
  });
  form.requestSubmit(button);
};

const soon = (wait) => () => {
  clearTimeout(timer);
  told.textContent = "";
  timer = setTimeout(draw, wait);
};

button.hidden = true;
form.addEventListener("input", soon(600));
for (const select of figure.querySelectorAll("select")) select.addEventListener("change", soon(0));
if ("again" in shown.dataset) draw();
