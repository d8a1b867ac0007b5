// Settings: follows a test email until it has come to its end. Without this, the page is loaded again.

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
