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
