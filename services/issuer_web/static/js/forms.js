// Forms: sent once however often the button is pressed, and blocks of recipients added and removed in place. Without
// this, the server adds and removes blocks, and keeps a form that is sent twice from creating twice.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Coming back to a form that was sent, one may send it again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

for (const form of document.querySelectorAll("form[data-blocks]")) {
  const holder = form.querySelector(".blocks");
  const pattern = form.querySelector("template");
  const add = form.querySelector("[data-add]");
  const full = form.querySelector("[data-full]");
  const most = Number(form.dataset.most);
  const numbers = [...holder.querySelectorAll("[name^=rows-]")].map((input) => Number(input.name.split("-")[1]));
  let next = Math.max(0, ...numbers) + 1;

  const renumber = () => {
    const blocks = [...holder.children];
    blocks.forEach((block, index) => {
      for (const place of block.querySelectorAll("[data-number]")) place.textContent = String(index + 1);
      block.querySelector("[data-remove]").hidden = blocks.length === 1;
    });
    add.disabled = blocks.length >= most;
    full.hidden = blocks.length < most;
  };

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const block = pattern.content.firstElementChild.cloneNode(true);
    for (const element of block.querySelectorAll("*")) {
      for (const name of ["id", "name", "for", "value", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replaceAll("rows-0-", `rows-${next}-`));
      }
    }
    block.querySelector("[data-remove]").value = `remove-${next}`;
    next += 1;
    holder.append(block);
    renumber();
    block.querySelector("input").focus();
  });

  holder.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (!remove) return;
    event.preventDefault();
    const block = remove.closest(".block");
    const neighbour = block.nextElementSibling ?? block.previousElementSibling;
    block.remove();
    renumber();
    neighbour?.querySelector("input").focus();
  });

  document.querySelector("[data-to-form]")?.addEventListener("click", (event) => {
    event.preventDefault();
    holder.querySelector("input").focus();
  });

  renumber();
  (form.querySelector("[aria-invalid]") ?? holder.querySelector("input")).focus({ preventScroll: !form.querySelector("[aria-invalid]") });
}
