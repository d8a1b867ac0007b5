// The choice of groups behind Create Credentials: the search narrows the list as one types, and a choice is asked for
// before the page is left. Without this, the server does both.

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

// Where there are more groups than the list has, the server is asked; what it finds joins the list, ticks stay.
let asking;
const findMore = (holder, search) => {
  clearTimeout(asking);
  if (!holder.querySelector("[data-more]") || !search.value.trim()) return;
  asking = setTimeout(async () => {
    const address = `${search.form.action}?search=${encodeURIComponent(search.value)}`;
    const answer = await fetch(address, { headers: { "X-Conferral-Fragment": "yes" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const kind of ["single", "several"]) {
      const list = holder.querySelector(`.picks.${kind} .picked`);
      const there = new Set([...list.querySelectorAll("input")].map((input) => input.value));
      for (const label of page.querySelectorAll(`.picks.${kind} label`)) {
        if (!there.has(label.querySelector("input").value)) list.append(label);
      }
    }
    narrow(holder, search);
  }, 250);
};

const narrow = (holder, search) => {
  const words = folded(search.value).split(/\s+/).filter(Boolean);
  for (const label of holder.querySelectorAll(".picks label")) {
    const name = folded(label.dataset.name);
    label.hidden = !words.every((word) => name.includes(word));
  }
  const told = holder.querySelector("[data-none-found]");
  told.textContent = visible(holder).length ? "" : told.dataset.noneFound;
};

const visible = (holder) => [...holder.querySelectorAll(".picks label:not([hidden])")].filter((one) => one.offsetParent);

document.addEventListener("input", (event) => {
  const search = event.target.closest("[data-choose-search] input");
  if (!search) return;
  const holder = search.closest("[data-choose]");
  narrow(holder, search);
  findMore(holder, search);
});

document.addEventListener("change", (event) => {
  const told = event.target.closest("[data-choose-form]")?.querySelector("[data-choose-wrong]");
  if (told) told.textContent = "";
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-choose-search]")) {
    // Enter in the search goes on to what was found
    event.preventDefault();
    visible(event.target.closest("[data-choose]"))[0]?.querySelector("input").focus();
  }
  if (!event.target.matches("[data-choose-form]")) return;
  const form = event.target;
  const several = form.elements.kind.value === "several";
  const chosen = form.querySelectorAll(`input[name=${several ? "group" : "single"}]:checked`).length;
  const wrong = chosen === 0 ? "none" : several && chosen > Number(form.dataset.most) ? "many" : "";
  if (!wrong) return;
  event.preventDefault();
  const told = form.querySelector("[data-choose-wrong]");
  told.textContent = told.dataset[wrong];
  visible(form)[0]?.querySelector("input").focus();
});
