"use strict";
// Mails appear by themselves; the page is read anew only when there is something new, and never while it is typed in.
const list = document.getElementById("list");

async function look() {
  if (document.hidden || document.activeElement?.type === "search") return;
  try {
    const state = await (await fetch("/api/state")).json();
    if (String(state.revision) === list.dataset.revision) return;
    const page = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").getElementById("list");
    list.replaceChildren(...fresh.childNodes);
    list.dataset.revision = fresh.dataset.revision;
  } catch {
    // the mailbox is being restarted; the next look will tell
  }
}

if (list.dataset.live) setInterval(look, 2000);

document.addEventListener("submit", (event) => {
  const question = event.target.querySelector("[data-confirm]")?.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
