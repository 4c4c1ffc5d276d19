/**
 * What a scenario gives back: measured values by name, and how to show them. Names are stable; targets and `--json`
 * refer to them as `scenario/subject/metric`.
 *
 * @typedef {{ unit: string, values: number[] }} Metric values in the order of rounds (or tries)
 * @typedef {{ subject: string, metrics: Record<string, Metric> }} Row
 * @typedef {{ scenario: string, title: string, note?: string, baseline?: string, rows: Row[] }} Result
 *   `baseline`: the subject to which ratios are shown
 */

/**
 * @param {readonly Result[]} results
 * @param {string} scenario
 * @param {string} subject
 * @param {string} metric
 * @returns {readonly number[]} empty when it was not measured
 */
export function valuesOf(results, scenario, subject, metric) {
  const row = results.find((result) => result.scenario === scenario)?.rows.find((row) => row.subject === subject);
  return row?.metrics[metric]?.values ?? [];
}

/**
 * Rows of an interleaved scenario.
 * @param {Map<string, import('./interleave.mjs').Sample[]>} samples
 * @returns {Row[]}
 */
export function loadRows(samples) {
  return [...samples].map(([subject, list]) => ({
    subject,
    metrics: {
      rps: { unit: '/s', values: list.map((sample) => sample.rps) },
      p50: { unit: 'µs', values: list.map((sample) => sample.p50Us) },
      p99: { unit: 'µs', values: list.map((sample) => sample.p99Us) },
      cpu: { unit: 'µs', values: list.map((sample) => sample.cpuUs) },
      errors: { unit: '', values: list.map((sample) => sample.errors) },
    },
  }));
}
