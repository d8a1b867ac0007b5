// A credential that two people changed: who types into their own value means to keep it, and a suggested address is
// taken in place. Without this, the radio buttons say what is kept, and the server fills in the address.

const form = document.querySelector("form[data-amend]");

form?.addEventListener("input", (event) => {
  const field = event.target;
  const choice = field.type !== "radio" && field.closest(".differs")?.querySelector("input[value=yours]");
  if (choice) choice.checked = true;
  if (field.name?.endsWith("-email")) document.getElementById(`${field.id}-suggestion`)?.remove();
});

form?.addEventListener("click", (event) => {
  const take = event.target.closest("[data-take]");
  if (!take) return;
  event.preventDefault();
  const input = take.closest(".field").querySelector("input[type=email]");
  input.value = take.textContent.trim();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
});

form?.querySelector("[aria-invalid]")?.focus();

// From one credential to the next, in the order of the list that one came from; the list keeps it in lists.js.
const turn = document.querySelector("[data-turn]");
const list = JSON.parse(sessionStorage.getItem("conferral-list") ?? "[]");
const place = list.findIndex((address) => address.split("?")[0] === location.pathname);
if (turn && place >= 0 && list.length > 1) {
  for (const [name, address] of [["previous", list[place - 1]], ["next", list[place + 1]]]) {
    const link = turn.querySelector(`[data-${name}]`);
    if (address) link.href = address;
    else link.hidden = true;
  }
  const told = turn.querySelector("[data-text]");
  told.textContent = told.dataset.text.replace("#1", String(place + 1)).replace("#2", String(list.length));
  turn.hidden = false;
}
