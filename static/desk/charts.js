/* Draw the figures a page carries, and draw them again when a newer page brings newer ones.

   A canvas with the id X and the attribute data-desk-chart shows the JSON in the script element X-data:
   {"type", "labels", "series": [{"label", "values", "colour"}], "stacked", "unit", "words", "empty"}. */
(() => {
  "use strict";
  const palette = {
    good: ["#16a34a", "#22c55e"], other: ["#a8a29e", "#78716c"], busy: ["#f59e0b", "#d97706"],
    missed: ["#94a3b8", "#64748b"], machine: ["#60a5fa", "#3b82f6"], bad: ["#dc2626", "#ef4444"],
    live: ["#9333ea", "#a855f7"],
  };
  const isDark = () => document.documentElement.classList.contains("dark");
  const colour = (name) => (palette[name] || palette.other)[isDark() ? 1 : 0];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const read = (canvas) => {
    const data = document.getElementById(`${canvas.id}-data`);
    return data ? JSON.parse(data.textContent) : null;
  };

  const datasets = (figures) => figures.series.map((series) => ({
    label: series.label,
    data: series.values,
    backgroundColor: Array.isArray(series.colour) ? series.colour.map(colour) : colour(series.colour),
    borderColor: figures.type === "line" ? colour(series.colour) : undefined,
    borderWidth: figures.type === "line" ? 2 : 0,
    borderRadius: 3,
    maxBarThickness: 28,
    pointRadius: 3,
    tension: 0.25,
    spanGaps: true,
  }));

  const options = (figures) => {
    const text = isDark() ? style("--color-base-400") : style("--color-base-600");
    const line = isDark() ? style("--color-base-800") : style("--color-base-200");
    const across = figures.sideways;
    const value = {
      stacked: figures.stacked, beginAtZero: true, border: { display: false }, grid: { color: line },
      suggestedMax: figures.unit === "%" ? 100 : 4,
      ticks: { color: text, precision: 0, maxTicksLimit: 6, callback: (tick) => `${tick}${figures.unit || ""}` },
    };
    const label = { stacked: figures.stacked, grid: { display: false }, ticks: { color: text, maxRotation: 0 } };
    return {
      animation: false, maintainAspectRatio: false, indexAxis: across ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: across ? "y" : "x" },
      plugins: {
        legend: { display: figures.series.length > 1, position: "bottom", labels: { color: text, boxWidth: 10, boxHeight: 10 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.formattedValue}${figures.unit || ""}` } },
      },
      scales: across ? { x: value, y: label } : { x: label, y: value },
    };
  };

  const draw = (canvas) => {
    const figures = read(canvas);
    if (!figures) return;
    const nothing = canvas.closest("figure").querySelector(".desk-empty");
    canvas.parentElement.hidden = Boolean(figures.empty);
    nothing.hidden = !figures.empty;
    nothing.textContent = figures.empty || "";
    canvas.setAttribute("aria-label", figures.words);
    if (figures.empty) return;
    const fingerprint = JSON.stringify([figures, isDark()]);
    if (canvas.dataset.drawn === fingerprint) return;
    canvas.dataset.drawn = fingerprint;
    const chart = Chart.getChart(canvas);
    if (chart) {
      chart.data = { labels: figures.labels, datasets: datasets(figures) };
      chart.options = options(figures);
      chart.update("none");
      return;
    }
    Chart.defaults.font.family = "Inter";
    new Chart(canvas, {
      type: figures.type,
      data: { labels: figures.labels, datasets: datasets(figures) },
      options: options(figures),
    });
  };

  const drawAll = () => document.querySelectorAll("canvas[data-desk-chart]").forEach(draw);
  window.addEventListener("load", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  window.addEventListener("load", () => {
    new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
})();
