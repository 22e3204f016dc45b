// How long did it take, mostly and at worst? The nearest rank, so every figure is one that was measured.

const rank = (sorted, share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

export function quantiles(times) {
  const sorted = Float64Array.from(times).sort();
  return {
    mean: sorted.reduce((a, b) => a + b, 0) / (sorted.length || 1),
    p50: rank(sorted, 0.5),
    p95: rank(sorted, 0.95),
    p99: rank(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
  };
}
