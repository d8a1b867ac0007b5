// Create Credentials: blocks of recipients added and removed in place, and addresses that look mistyped. Without this,
// the server does all of it when a button is pressed.

const form = document.querySelector("form[data-blocks]");
const holder = form.querySelector(".blocks");
const pattern = form.querySelector("template[data-block]");
const most = Number(form.dataset.most);
const add = form.querySelector("[data-add]");
const full = form.querySelector("[data-full]");
const told = form.querySelector("[data-removed]");
const undo = form.querySelector("[data-undo]");
const several = form.querySelector("input[name$='-groups']") !== null;
const removed = [];
let next = 1 + Math.max(0, ...[...holder.querySelectorAll("[data-remove]")].map((one) => Number(one.value.split("-")[1])));

const first = (block) => block?.querySelector("input[name$='-name']");

// Only what comes after a change gets new numbers, so that the five hundredth block costs no more than the second.
const renumber = (from = 0) => {
  for (let at = from; at < holder.children.length; at += 1) {
    for (const place of holder.children[at].querySelectorAll("[data-number]")) place.textContent = String(at + 1);
  }
};

const count = () => {
  const credentials = several
    ? holder.querySelectorAll("input[name$='-groups']:checked").length
    : holder.children.length;
  add.disabled = credentials >= most;
  full.hidden = credentials < most;
};

// ---- fields that are there only where somebody looks at them

const numbered = (part, number) => {
  for (const element of part.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll("rows-0-", `rows-${number}-`));
    }
  }
  return part;
};

const complete = (block) => {
  const extra = block.querySelector("[data-lean]");
  if (!extra) return;
  delete extra.dataset.lean;
  const number = block.querySelector("[data-remove]").value.split("-")[1];
  const whole = numbered(pattern.content.querySelector(".extra").cloneNode(true), number);
  let place = extra.querySelector(":scope > .field");
  for (const field of whole.querySelectorAll(":scope > .field")) {
    const name = CSS.escape(field.querySelector("[name]").name);
    const there = extra.querySelector(`[name="${name}"]`)?.closest(".field");
    if (there) place = there.nextElementSibling;
    else extra.insertBefore(field, place);
  }
};

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      complete(entry.target);
    }
  },
  { rootMargin: "800px" },
);

const all = form.querySelector("[data-show-all]");
const watch = () => {
  if (!all.checked) seen.disconnect();
  else for (const extra of holder.querySelectorAll("[data-lean]")) seen.observe(extra.closest(".block"));
};
all.addEventListener("change", watch);
watch();

// ---- adding

const lean = pattern.content.firstElementChild.cloneNode(true);
lean.querySelector(".extra").dataset.lean = "";
for (const field of lean.querySelectorAll(".extra > .field")) {
  if (!field.querySelector("[name]").value) field.remove();
}

const filled = () => {
  const block = numbered(lean.cloneNode(true), next);
  block.querySelector("[data-remove]").value = `remove-${next}`;
  if (all.checked) complete(block);
  next += 1;
  return block;
};

add.addEventListener("click", (event) => {
  event.preventDefault();
  const last = holder.lastElementChild;
  const block = filled();
  if (several && last) {
    const groups = last.querySelectorAll("input[name$='-groups']");
    block.querySelectorAll("input[name$='-groups']").forEach((box, at) => {
      box.checked = groups[at].checked;
    });
  }
  holder.append(block);
  renumber(holder.children.length - 1);
  count();
  first(block).focus();
});

// ---- removing, and taking it back

const isTouched = (block) =>
  [...block.querySelectorAll("input:not([type=checkbox], [type=hidden]), textarea, select")].some(
    (field) => field.value && field.type !== "date",
  );

const tell = () => {
  const last = removed.at(-1);
  undo.hidden = !last;
  told.textContent = last ? told.dataset.text.replace("#", String(last.at + 1)) : "";
};

holder.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  event.preventDefault();
  const block = button.closest(".block");
  const at = [...holder.children].indexOf(block);
  if (isTouched(block)) removed.push({ block, at });
  block.remove();
  if (!holder.children.length) holder.append(filled());
  renumber(at);
  count();
  tell();
  first(holder.children[Math.min(at, holder.children.length - 1)]).focus();
});

undo.addEventListener("click", (event) => {
  const last = removed.pop();
  if (!last) return; // the server removed it, and takes it back
  event.preventDefault();
  holder.insertBefore(last.block, holder.children[last.at] ?? null);
  renumber(last.at);
  count();
  tell();
  first(last.block).focus();
});

// ---- addresses

const known = new Map();
const meantBy = (domain) => {
  if (!known.has(domain)) {
    const asked = fetch(`${form.dataset.suggest}?domain=${encodeURIComponent(domain)}`)
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : {}))
      .then((answer) => answer.domain ?? null)
      .catch(() => null);
    known.set(domain, asked);
  }
  return known.get(domain);
};

const describe = (input, id, on) => {
  const ids = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  ids[on ? "add" : "delete"](id);
  if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" "));
  else input.removeAttribute("aria-describedby");
};

const withdraw = (input, part) => {
  document.getElementById(`${input.id}-${part}`)?.remove();
  describe(input, `${input.id}-${part}`, false);
};

// Whatever was said of the address before is no longer about what stands there.
holder.addEventListener("input", (event) => {
  if (!event.target.matches("input[name$='-email']")) return;
  withdraw(event.target, "suggestion");
  withdraw(event.target, "duplicates");
});

holder.addEventListener("change", async (event) => {
  const input = event.target;
  if (input.matches("input[name$='-groups']")) count();
  if (!input.matches("input[name$='-email']")) return;
  const typed = input.value.trim();
  const at = typed.lastIndexOf("@");
  const domain = at > 0 && (await meantBy(typed.slice(at + 1).toLowerCase()));
  if (!domain || input.value.trim() !== typed || document.getElementById(`${input.id}-suggestion`)) return;
  const note = form.querySelector("template[data-suggestion]").content.firstElementChild.cloneNode(true);
  note.id = `${input.id}-suggestion`;
  note.setAttribute("role", "status");
  note.querySelector("[data-take]").value = `suggest-${input.name.split("-")[1]}`;
  input.closest(".field").append(note);
  // filled in after it is there, so that it is read out
  note.querySelector("bdi").textContent = `${typed.slice(0, at)}@${domain}`;
  describe(input, note.id, true);
});

holder.addEventListener("click", (event) => {
  const take = event.target.closest("[data-take]");
  if (!take) return;
  event.preventDefault();
  const input = take.closest(".field").querySelector("input");
  input.value = take.textContent.trim();
  withdraw(input, "suggestion");
  input.focus();
});

// ---- an expiry date, or never

holder.addEventListener("input", (event) => {
  const field = event.target.closest(".field");
  const [day, never] = [field?.querySelector("input[name$='-expiry_date']"), field?.querySelector("[data-never]")];
  if (!day || !never) return;
  if (event.target === day && day.value) never.checked = false;
  if (event.target === never && never.checked) day.value = "";
});

// ---- the form as a whole

form.querySelector("[data-anyway-all]")?.addEventListener("change", (event) => {
  for (const box of holder.querySelectorAll("[data-anyway]")) box.checked = event.target.checked;
});

all.addEventListener("change", (event) => {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `conferral-show-all=${event.target.checked ? 1 : 0}; path=/; max-age=31536000; samesite=lax${secure}`;
});

document.querySelector("[data-to-form]").addEventListener("click", (event) => {
  event.preventDefault();
  first(holder).focus();
});

count();
const wrong = form.querySelector("[aria-invalid], [data-anyway]");
(wrong ?? first(holder)).focus({ preventScroll: !wrong });
