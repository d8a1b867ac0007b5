// Settings: follows a test email until it has come to its end, and copies a text. Without this, the page is loaded
// again, and the text can be marked and copied by hand.

const PAUSE = 1000;

for (const place of document.querySelectorAll("[data-follow]")) {
  const follow = async () => {
    if (!place.querySelector("[data-moving]")) return;
    try {
      const answer = await fetch(place.dataset.follow);
      if (answer.redirected) {
        location.reload();
        return;
      }
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // the next try may get through
    }
    setTimeout(follow, PAUSE);
  };
  setTimeout(follow, PAUSE);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.querySelector("[data-copied-from]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      button.textContent = button.dataset.done;
    } catch {
      text.focus();
      text.select();
    }
  });
}
