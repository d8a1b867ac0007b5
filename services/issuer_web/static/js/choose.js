// The choice of groups behind Create Credentials: the search narrows the list as one types, and a choice is asked for
// before the page is left. Without this, the server does both.

const visible = (holder) => [...holder.querySelectorAll(".picks label:not([hidden])")].filter((one) => one.offsetParent);

document.addEventListener("input", (event) => {
  const search = event.target.closest("[data-choose-search] input");
  if (!search) return;
  const holder = search.closest("[data-choose]");
  const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const label of holder.querySelectorAll(".picks label")) {
    const name = label.dataset.name.toLocaleLowerCase();
    label.hidden = !words.every((word) => name.includes(word));
  }
  const told = holder.querySelector("[data-none-found]");
  told.textContent = visible(holder).length ? "" : told.dataset.noneFound;
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
