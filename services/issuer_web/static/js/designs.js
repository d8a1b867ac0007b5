// A design's preview follows its form. Without this, the Preview button has the server draw it.

const form = document.getElementById("design");
const figure = document.querySelector("[data-preview]");
const part = (name) => figure.querySelector(`[data-preview-${name}]`);
const loaded = new Set();
let running = null;
let timer = 0;

part("button").hidden = true;

const loadFonts = (faces) =>
  Promise.all(
    faces.map(async ({ family, weight, style, range, url }) => {
      const key = `${url} ${family}`;
      if (loaded.has(key)) return;
      loaded.add(key);
      const face = new FontFace(family, `url("${url}") format("woff2")`, { weight, style, unicodeRange: range || "U+0-10FFFF" });
      document.fonts.add(face);
      await face.load().catch(() => loaded.delete(key));
    }),
  );

const showProblems = (problems) => {
  for (const place of form.querySelectorAll(".wrong[id$=-wrong]")) {
    const id = place.id.slice(0, -"-wrong".length);
    const told = problems[id] ?? "";
    place.hidden = !told;
    place.querySelector("span").textContent = told;
    const input = document.getElementById(id);
    if (told) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
};

const show = async (answer) => {
  showProblems(answer.problems);
  part("warnings").replaceChildren(...answer.warnings.map((told) => Object.assign(document.createElement("li"), { textContent: told })));
  part("warnings").hidden = answer.warnings.length === 0;
  part("failure").hidden = !answer.failure;
  part("failure").textContent = answer.failure ?? "";
  if (!answer.svg) return;
  await loadFonts(answer.faces);
  const drawing = part("drawing");
  drawing.innerHTML = answer.svg.slice(answer.svg.indexOf("<svg"));
  drawing.setAttribute("aria-label", answer.alternative);
  drawing.hidden = false;
  part("told").textContent = part("told").dataset.drawn;
};

const draw = async () => {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  figure.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form), signal });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    if (!signal.aborted) await show(answer);
  } catch (error) {
    if (error.name === "AbortError") return;
    part("failure").hidden = false;
    part("failure").textContent = part("told").dataset.wait;
  }
  if (!signal.aborted) figure.removeAttribute("aria-busy");
};

const soon = (wait) => () => {
  clearTimeout(timer);
  part("told").textContent = "";
  timer = setTimeout(draw, wait);
};

form.addEventListener("input", soon(250));
part("button").closest("figcaption").querySelector("select").addEventListener("change", soon(0));

// ---- the value of a colour, to read and to copy

for (const output of form.querySelectorAll("[data-colour]")) {
  const input = document.getElementById(output.htmlFor.value);
  const tell = () => {
    output.textContent = input.value;
  };
  output.hidden = false;
  input.addEventListener("input", tell);
  tell();
}
