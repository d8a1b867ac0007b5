// A publication's counts, asked for each second while something moves, and less often once that has taken long.

const QUICK = 1000;
const SLOW = 5000;
const LONG = 600_000;

const place = document.querySelector("[data-publication]");
const began = Date.now();

function show(counts) {
  for (const number of place.querySelectorAll("[data-count]")) {
    const count = counts[number.dataset.count];
    number.textContent = String(count);
    const rare = number.closest("[data-rare]");
    if (rare) rare.hidden = count === 0;
    number.closest("li").classList.toggle("some", count > 0);
  }
  const told = place.querySelector("[data-progress]");
  if (counts.selected > counts.not_told) told.textContent = told.dataset.text.replace("#1", counts.emails_sent).replace("#2", counts.selected - counts.not_told);
  const bar = place.querySelector("progress");
  bar.max = 2 * counts.selected || 1;
  bar.value = counts.progress;
}

// Somebody paused, resumed or cancelled, here or elsewhere: the page has other things to say and to offer then.
function hasTurned(counts) {
  const { phase } = place.dataset;
  return counts.phase !== phase && (counts.phase !== "finished" || phase !== "publishing" || counts.trouble > 0);
}

// Whoever is at the controls with the keyboard is not thrown out of the page when these go.
const controls = () => place.querySelector("[data-controls]");
const isAtControls = () => controls()?.contains(document.activeElement) ?? false;

function turn() {
  if (isAtControls()) sessionStorage.setItem("at-controls", "yes");
  location.reload();
}

function stayAtControls() {
  if (!sessionStorage.getItem("at-controls")) return;
  sessionStorage.removeItem("at-controls");
  (controls()?.querySelector("button, summary") ?? place.querySelector("[data-headline]")).focus();
}

function finish() {
  const headline = place.querySelector("[data-headline]");
  headline.textContent = headline.dataset.finished;
  if (isAtControls()) headline.focus();
  place.classList.add("finished");
  place.querySelector("[data-while]").hidden = true;
  controls()?.remove();
  place.querySelector("[data-after]").hidden = false;
}

async function poll() {
  const lost = place.querySelector("[data-lost]");
  let moving = true;
  try {
    const answer = await fetch(place.dataset.publication, { headers: { Accept: "application/json" } });
    if (answer.redirected) {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const counts = await answer.json();
    show(counts);
    if (hasTurned(counts)) {
      turn();
      return;
    }
    place.querySelector("[data-stale]").hidden = counts.trouble <= Number(place.dataset.trouble);
    moving = counts.moving;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  if (moving) setTimeout(poll, Date.now() - began < LONG ? QUICK : SLOW);
  else finish();
}

if (place) stayAtControls();
if (place?.dataset.moving) setTimeout(poll, QUICK);
