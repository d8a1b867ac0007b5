// Lists: ticking all on the page, and Publish as a dialog. Without this, Publish leads to a page of its own.

for (const form of document.querySelectorAll("form[data-ticks]")) {
  const all = form.querySelector("[data-tick-all]");
  const boxes = [...form.querySelectorAll("input[name=credential]")];
  const told = form.querySelector("[data-told]");
  // All that match on every page: offered once all on this page are ticked.
  const every = form.querySelector("[data-all]");
  const everything = every?.querySelector("input");
  if (!all || !told) continue;

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    if (every) every.hidden = !all.checked;
    if (everything && !all.checked) everything.checked = false;
    const { none, one, many } = told.dataset;
    told.textContent = everything?.checked
      ? told.dataset.everything
      : ticked === 0 ? none : ticked === 1 ? one : many.replace("#", String(ticked));
  };

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
  // The browser ticks again what was ticked when somebody comes back.
  window.addEventListener("pageshow", tell);
}

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

for (const form of document.querySelectorAll("form[data-dialog]")) {
  form.addEventListener("submit", (event) => {
    if (!("dialog" in form.dataset)) return;
    event.preventDefault();
    if (form.dataset.asking) return;
    form.dataset.asking = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    ask(form, event.submitter).finally(() => {
      delete form.dataset.asking;
      event.submitter?.removeAttribute("aria-busy");
    });
  });
}

// Links whose page is as good as a dialog. Without this, or with the page opened in another tab, it is a page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens-dialog]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.asking) return;
  link.dataset.asking = "yes";
  link.setAttribute("aria-busy", "true");
  open(link.href, {}, () => location.assign(link.href)).finally(() => {
    delete link.dataset.asking;
    link.removeAttribute("aria-busy");
  });
});

function ask(form, submitter) {
  const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  return open(address, { method: "POST", body: new FormData(form) }, () => {
    // Marked as asked, so that this time the browser sends it by itself.
    delete form.dataset.dialog;
    form.requestSubmit(submitter);
  });
}

async function open(address, options, otherwise) {
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: { "X-Conferral-Fragment": "dialog" } });
  } catch {
    otherwise();
    return;
  }
  // Signed out in between: the answer is the page to sign in on.
  if (answer.redirected) location.assign(answer.url);
  else show(await answer.text());
}

function show(html) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.innerHTML = html;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

// A filter's address holds what is chosen, and nothing else.
for (const form of document.querySelectorAll("form[data-skip-empty]")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

// The page of one credential leads to its neighbours in the list that one came from; see amend.js.
const rows = document.querySelectorAll("[data-turns] td.id a");
if (rows.length) sessionStorage.setItem("conferral-list", JSON.stringify([...rows].map((link) => link.pathname + link.search)));

// Work that is done in pieces goes on by itself.
document.querySelector("form[data-go-on]")?.requestSubmit();

// The menu closes when something else is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
