// The dashboard's pictures: 30 days of attendance, the grades, the programmes. Each has its numbers in a table beside it.
import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from 'chart.js';
import type { ChartConfiguration, ChartData } from 'chart.js';
import type { Stats } from '../dashboard/stats.service.ts';
import { all, one } from './dom.ts';
import { byProgram, onStats } from './stats.ts';
import { onThemeChange } from './theme.ts';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip, Legend);

/** More bars than this can't be told apart; the table has all of them. */
const MOST_PROGRAMS = 12;

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

type Data = ChartData<'bar', number[], string>;

const bars = (label: string, data: number[], name: string, more: object = {}) => ({
  label,
  data,
  backgroundColor: colour(name),
  // A line in the colour of the ground parts what lies on each other without relying on hue.
  borderColor: colour('surface'),
  borderWidth: { top: 1 },
  borderSkipped: false,
  ...more,
});

const DRAWINGS: Record<string, { data: (stats: Stats) => Data; options: () => object }> = {
  days: {
    data: ({ attendance: { days } }) => ({
      labels: days.map((d) => day.format(new Date(`${d.date}T00:00:00Z`))),
      datasets: [
        bars(
          'Present',
          days.map((d) => d.present),
          'chart-present',
        ),
        bars(
          'Late',
          days.map((d) => d.late),
          'chart-late',
        ),
        bars(
          'Absent',
          days.map((d) => d.absent),
          'chart-absent',
          { borderRadius: { topLeft: 3, topRight: 3 } },
        ),
      ],
    }),
    options: () => ({ scales: scales({ stacked: true }), plugins: { legend: legend() } }),
  },
  grades: {
    data: ({ results: { grades } }) => ({
      labels: Object.keys(grades),
      datasets: [bars('Results', Object.values(grades), 'chart-plain', { borderRadius: 3, borderWidth: 0 })],
    }),
    options: () => ({ scales: scales({}), plugins: { legend: { display: false } } }),
  },
  programs: {
    data: (stats) => {
      const programs = byProgram(stats);
      const shown = programs.slice(0, MOST_PROGRAMS);
      const longest = window.innerWidth < 576 ? 16 : 28;
      return {
        labels: shown.map(([name]) => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name)),
        datasets: [
          bars(
            'Students',
            shown.map(([, n]) => n),
            'chart-plain',
            { borderRadius: 3, borderWidth: 0 },
          ),
        ],
      };
    },
    options: () => ({ indexAxis: 'y', scales: scales({ lying: true }), plugins: { legend: { display: false } } }),
  },
};

function scales({ stacked = false, lying = false }: { stacked?: boolean; lying?: boolean }) {
  const ticks = { color: colour('ink-2'), precision: 0, maxRotation: 0 };
  const values = {
    stacked,
    beginAtZero: true,
    ticks: { ...ticks, maxTicksLimit: 6 },
    grid: { color: colour('chart-grid') },
    border: { display: false },
  };
  const names = {
    stacked,
    ticks: { ...ticks, autoSkip: !lying, autoSkipPadding: 12 },
    grid: { display: false },
    border: { color: colour('line') },
  };
  return lying ? { x: values, y: names } : { x: names, y: values };
}

const legend = () => ({
  position: 'top',
  align: 'end',
  labels: { color: colour('ink-2'), boxWidth: 12, boxHeight: 12 },
});

function configure(stats: Stats, drawing: (typeof DRAWINGS)[string]): ChartConfiguration<'bar', number[], string> {
  return {
    type: 'bar',
    data: drawing.data(stats),
    options: {
      ...drawing.options(),
      animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? false : { duration: 250 },
      maintainAspectRatio: false,
      font: { family: getComputedStyle(document.body).fontFamily },
    },
  };
}

export function startCharts(): void {
  const source = one('[data-stats]')?.dataset['stats'];
  if (source === undefined) return;
  let stats = JSON.parse(source) as Stats;
  const charts = new Map<HTMLCanvasElement, Chart<'bar', number[], string>>();

  const drawAll = (): void => {
    for (const canvas of all<HTMLCanvasElement>('canvas[data-chart]')) {
      const drawing = DRAWINGS[canvas.dataset['chart'] ?? ''];
      if (!drawing) continue;
      charts.get(canvas)?.destroy();
      charts.set(canvas, new Chart(canvas, configure(stats, drawing)));
    }
  };
  drawAll();
  // Colours are drawn in, so another theme means drawing anew.
  onThemeChange(drawAll);
  onStats((fresh) => {
    stats = fresh;
    for (const [canvas, chart] of charts) {
      const drawing = DRAWINGS[canvas.dataset['chart'] ?? ''];
      if (!drawing) continue;
      const { labels, datasets } = drawing.data(stats);
      chart.data.labels = labels ?? [];
      datasets.forEach((set, i) => {
        const shown = chart.data.datasets[i];
        if (shown) shown.data = set.data;
      });
      chart.update();
    }
  });
}
