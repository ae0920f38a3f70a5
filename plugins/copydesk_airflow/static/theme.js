// Follow Airflow's theme: inside its frame the parent page's, alone what Airflow stored, else the system's.
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
})();
