// Sharing a credential: the device's own sheet where there is one, else the address goes to the clipboard.

const button = document.querySelector("[data-share]");

if (button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { url, title, copied } = button.dataset;
    try {
      if (navigator.share) {
        await navigator.share({ url, title });
        return;
      }
      await navigator.clipboard.writeText(url);
      button.querySelector("span").textContent = copied;
    } catch {
      // Closed without sharing, or not allowed: the address is still in the address bar.
    }
  });
}

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
