// What has to do with the page around us, loaded before anything is drawn. Airflow's theme: inside its frame the
// parent page's, alone what Airflow stored, else the system's.
(() => {
  const root = document.documentElement;
  const framed = () => {
    try { return window.parent !== window ? window.parent.document.documentElement : null; } catch { return null; }
  };
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const choose = () => {
    const frame = framed();
    const kept = stored();
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const theme = frame && /\b(dark|light)\b/.test(frame.className)
      ? (frame.classList.contains("dark") ? "dark" : "light")
      : kept === "dark" || kept === "light" ? kept : system;
    root.dataset.theme = theme;
  };
  choose();
  if (framed()) {
    root.classList.add("framed");
    new MutationObserver(choose).observe(framed(), { attributes: true, attributeFilter: ["class"] });
  }
  addEventListener("storage", choose);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", choose);

  // Airflow's frame is sandboxed: links to Airflow and to publishers are opened by the page around it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-top], a[data-out]");
    if (!link || !framed() || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const twin = window.parent.document.createElement("a");
    twin.href = link.href;
    if (link.matches("[data-out]")) { twin.target = "_blank"; twin.rel = "noopener noreferrer nofollow"; }
    window.parent.document.body.append(twin);
    twin.click();
    twin.remove();
  });
})();
