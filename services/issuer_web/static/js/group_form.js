// A group's form: what is typed chooses its radio button, and designs that were made meanwhile can be chosen. Without
// this, the server refuses what contradicts the choice.

const expiry = document.querySelector("[data-expiry]");
const radio = (kind) => expiry.querySelector(`input[type=radio][value=${kind}]`);
const [amount, day] = ["expiry_amount", "expiry_day"].map((name) => expiry.querySelector(`[name=${name}]`));

for (const [field, kind] of [[amount, "period"], [day, "date"]]) {
  field.addEventListener("input", () => {
    if (!field.value) return;
    radio(kind).checked = true;
    (field === amount ? day : amount).value = "";
  });
}

expiry.querySelector("[name=expiry_unit]").addEventListener("change", () => {
  radio("period").checked = true;
  day.value = "";
});

expiry.addEventListener("change", (event) => {
  if (event.target.type !== "radio") return;
  if (event.target.value !== "period") amount.value = "";
  if (event.target.value !== "date") day.value = "";
});

// ---- designs that were made in another tab

const link = document.querySelector("[data-new-design]");
const designs = document.querySelector("select[name=design]");
const told = document.querySelector("[data-designs-told]");
let gone = false;

link.addEventListener("click", () => {
  gone = true;
  told.textContent = "";
});

const values = (select) => new Set([...select.options].map((option) => option.value));

window.addEventListener("focus", async () => {
  if (!gone) return;
  try {
    const answer = await fetch(link.dataset.newDesign);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("select[name=design]");
    const before = values(designs);
    const made = [...fresh.options].filter((option) => !before.has(option.value));
    if (!made.length) return;
    const chosen = values(fresh).has(designs.value) ? designs.value : "";
    designs.replaceChildren(...fresh.children);
    if (chosen) designs.value = chosen;
    designs.form.elements.designs.value = page.querySelector("input[name=designs]").value;
    told.textContent = told.dataset.text;
  } catch {
    // the next look at this tab may get through
  }
});
