/**
 * Plain statistics over small samples. Medians and not means: one round that another program disturbed must not count.
 *
 * @typedef {{ median: number, min: number, max: number, n: number }} Summary
 */

/** @param {readonly number[]} values at least one */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * Linear interpolation between the two nearest ranks.
 * @param {readonly number[]} values at least one
 * @param {number} q 0–1
 */
export function quantile(values, q) {
  if (values.length === 0) throw new RangeError('quantile of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const below = sorted[low];
  const above = sorted[Math.ceil(at)];
  return below + (above - below) * (at - low);
}

/**
 * @param {readonly number[]} values
 * @returns {Summary | null} null without values
 */
export function summary(values) {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), n: values.length };
}

/**
 * The ratio of each round by itself: what disturbs a whole round cancels out.
 * @param {readonly number[]} ours one value a round
 * @param {readonly number[]} theirs the same rounds
 * @returns {Summary | null}
 */
export function ratio(ours, theirs) {
  const rounds = Math.min(ours.length, theirs.length);
  const ratios = [];
  for (let i = 0; i < rounds; i++) if (theirs[i] > 0) ratios.push(ours[i] / theirs[i]);
  return summary(ratios);
}

/**
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 * @returns {Summary | null}
 */
export function difference(ours, theirs) {
  const rounds = Math.min(ours.length, theirs.length);
  return summary(Array.from({ length: rounds }, (_, i) => ours[i] - theirs[i]));
}
