// Small comforts; every page works without them.
(() => {
  const base = document.body.dataset.base;

  // The slider over an article's versions.
  const slider = document.getElementById("when");
  if (slider) {
    const versions = slider.dataset.versions.split(",");
    const times = slider.dataset.times.split(",");
    const marks = document.getElementById("marks");
    const place = document.getElementById("text");
    let asked = 0;
    const tell = () => slider.setAttribute("aria-valuetext", `version ${slider.value}, ${times[slider.value - 1].slice(0, 16)} UTC`);
    const show = async () => {
      const at = Number(slider.value);
      const question = ++asked;
      document.getElementById("which").textContent = at;
      tell();
      const wanted = new URLSearchParams({ version: versions[at - 1] });
      if (marks.checked && at > 1) wanted.set("against", versions[at - 2]);
      const answer = await fetch(`${base}/articles/${slider.dataset.article}/text?${wanted}`, { credentials: "same-origin" });
      if (!answer.ok || question !== asked) return;
      place.innerHTML = await answer.text();
      document.querySelectorAll("svg.dots .dot").forEach((dot, n) => dot.classList.toggle("shown", n === at - 1));
      history.replaceState(null, "", `${location.pathname}?${wanted}`);
    };
    slider.addEventListener("input", show);
    marks.addEventListener("change", show);
    tell();
  }

  // The review queue by keyboard.
  const cases = [...document.querySelectorAll("section.case[id]")];
  if (cases.length) {
    const here = () => cases.findIndex((c) => c.contains(document.activeElement));
    const go = (n) => { const to = cases[Math.max(0, Math.min(cases.length - 1, n))]; to.focus(); to.scrollIntoView({ block: "nearest" }); };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), select, textarea")) return;
      if (event.key === "j") return go(here() + 1);
      if (event.key === "k") return go(here() < 0 ? 0 : here() - 1);
      const at = cases[here()];
      if (!at) return;
      if (/^[1-9]$/.test(event.key)) { const radio = at.querySelectorAll("input[name=place]")[event.key - 1]; if (radio) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); } return; }
      if (event.key === "e") { const words = at.querySelector("input[name=new]"); if (words) { words.focus(); words.select(); event.preventDefault(); } return; }
      at.querySelector(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target.matches("section.case input")) event.target.closest("section.case").focus();
      if (event.key === "Enter" && event.target.matches("input[name=new]")) { event.preventDefault(); event.target.form.querySelector('button[data-key="e"]').click(); }
    });
    document.addEventListener("change", (event) => {
      if (!event.target.matches("section.case input[name=place]")) return;
      const label = event.target.closest("label");
      event.target.form.elements.new.value = label.querySelector("ins").textContent;
    });
  }

  // The desk says when something happened since it was drawn.
  const news = document.getElementById("news");
  if (news) {
    let cursor = news.dataset.after;
    let count = 0;
    const ask = async () => {
      if (document.visibilityState !== "visible") return void setTimeout(ask, 5000);
      try {
        const answer = await fetch(`${base}/api/v1/changes?${new URLSearchParams({ after: cursor, wait: 20 })}`, { credentials: "same-origin" });
        if (!answer.ok) return;
        const { items, next } = await answer.json();
        cursor = next;
        count += items.length;
        if (count) { news.hidden = false; news.firstElementChild.textContent = `${count} change${count > 1 ? "s" : ""} since this page was drawn.`; }
        setTimeout(ask, 1000);
      } catch { setTimeout(ask, 15000); }
    };
    setTimeout(ask, 3000);
  }
})();
