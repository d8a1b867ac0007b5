// What makes the dashboard's pages quicker to use. Each works without it, by plain forms.

// Ticking: all on the page, and how many.
for (const form of document.querySelectorAll("form[data-publish]")) {
  const all = form.querySelector("[data-tick-all]");
  const boxes = [...form.querySelectorAll("input[type=checkbox][name=credential]")];
  const told = form.querySelector("[data-ticked]");
  const nothing = told && told.textContent;
  const update = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    if (told) told.textContent = ticked ? String(ticked) : nothing;
  };
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    update();
  });
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => openDialog(event, form));
  update();
}

// Publish opens the confirmation as a dialog; if that cannot be fetched, the form is sent as it is.
async function openDialog(event, form) {
  event.preventDefault();
  let html;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { "X-Conferral-Fragment": "1" },
    });
    html = await answer.text();
  } catch {
    form.submit();
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.innerHTML = html;
  dialog.setAttribute("aria-labelledby", "confirm-title");
  document.body.append(dialog);
  dialog.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => dialog.close()));
  dialog.querySelectorAll("form[data-once]").forEach(sendOnce);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

// A form is sent once, however often its button is pressed.
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
}
document.querySelectorAll("form[data-once]").forEach(sendOnce);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Blocks of the form: added and removed in place.
for (const form of document.querySelectorAll("form[data-blocks]")) {
  const blocks = form.querySelector(".blocks");
  const pattern = form.querySelector("template");
  const count = () => blocks.querySelectorAll(".block").length;
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-add]") && count() < Number(form.dataset.most)) {
      event.preventDefault();
      const used = [...blocks.querySelectorAll("[name^=rows-]")].map((field) => Number(field.name.split("-")[1]));
      const number = Math.max(-1, ...used) + 1;
      const holder = document.createElement("template");
      holder.innerHTML = pattern.innerHTML
        .replaceAll("rows-0-", `rows-${number}-`).replaceAll("remove-0", `remove-${number}`);
      blocks.append(holder.content);
      blocks.lastElementChild.querySelector("input").focus();
    } else if (button?.matches("[data-remove]") && count() > 1) {
      event.preventDefault();
      button.closest(".block").remove();
      blocks.querySelector("input").focus();
    }
  });
}

// A publication's counts, each second while something moves.
for (const section of document.querySelectorAll("[data-publication]")) {
  if (section.dataset.moving === "true") poll(section);
}

async function poll(section) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  try {
    const answer = await fetch(section.dataset.publication);
    if (answer.ok) {
      const counts = await answer.json();
      for (const place of section.querySelectorAll("[data-count]")) place.textContent = counts[place.dataset.count];
      section.querySelector("progress").value =
        counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed + counts.failed + counts.skipped;
      if (!counts.moving) {
        section.classList.add("finished");
        const headline = section.querySelector("[data-headline]");
        headline.textContent = headline.dataset.done;
        return;
      }
    }
  } catch {
    // out of reach for the moment: the next second asks again
  }
  poll(section);
}
