// The lines above a list that say what is being published: asked for again while there are any.

const PAUSE = 2000;

async function again() {
  const lines = document.querySelector("[data-moving-lines]");
  if (!lines) return;
  try {
    const answer = await fetch(lines.dataset.movingLines, { headers: { "X-Conferral-Fragment": "lines" } });
    if (answer.redirected) return;
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-moving-lines]");
      const focused = lines.contains(document.activeElement);
      if (!fresh) {
        lines.remove();
        if (focused) document.querySelector("main").focus();
        return;
      }
      // In place, so that whoever has a link in focus keeps it.
      if (fresh.children.length === lines.children.length) {
        [...fresh.querySelectorAll("a")].forEach((link, index) => {
          const old = lines.querySelectorAll("a")[index];
          old.href = link.href;
          if (old.textContent !== link.textContent) old.textContent = link.textContent;
        });
      } else {
        lines.replaceWith(fresh);
        if (focused) fresh.querySelector("a")?.focus();
      }
    }
  } catch {
    // The next time may go well.
  }
  setTimeout(again, PAUSE);
}

setTimeout(again, PAUSE);
