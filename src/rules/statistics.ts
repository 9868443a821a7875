/** The ends of an interval, as fractions from 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution that 95 % of it lie within, to either side. */
const Z95 = 1.959963984540054;

/**
 * The 95 % interval of a share, from a sample in which `count` of `total` have it. All of 0 to 1 where nobody was asked.
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
 * Statistical Association 22 (1927): (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
 */
export function wilsonInterval(count: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = count / total;
  const square = (Z95 * Z95) / total;
  const middle = share + square / 2;
  const reach = Math.sqrt(square * (share * (1 - share) + square / 4));
  // Rounding must not part the interval from a share that is none or all.
  return {
    low: count === 0 ? 0 : (middle - reach) / (1 + square),
    high: count === total ? 1 : (middle + reach) / (1 + square),
  };
}

/** How two things that were counted together hang together. */
export interface Association {
  /** Pearson's statistic: how far the counts are from those of two things that tell nothing of each other. */
  readonly chiSquare: number;
  readonly degrees: number;
  /** How probable such a statistic, or a larger one, is where they tell nothing of each other. */
  readonly p: number;
  /** From 0, they tell nothing of each other, to 1, one decides the other. */
  readonly cramersV: number;
  /** The same with a sign, of two rows and two columns: positive where the first goes with the first. */
  readonly phi?: number;
}

/**
 * Pearson's test of a table of counts, a row for each answer of one thing and a column for each of the other. Undefined
 * where either has one answer only, for then there is nothing to compare.
 * Sources: K. Pearson, "On the criterion…", Philosophical Magazine 50 (1900): χ² = Σ (observed - expected)² / expected;
 * H. Cramér, "Mathematical Methods of Statistics" (1946), p. 282: V = √(χ² / (n · min(rows - 1, columns - 1))), which for
 * two rows and columns is |φ|, φ = (ad - bc) / √((a+b)(c+d)(a+c)(b+d)).
 */
export function association(table: readonly (readonly number[])[]): Association | undefined {
  const rows = table.filter((row) => sum(row) > 0);
  const held = (rows[0] ?? []).map((_, column) => sum(rows.map((row) => row[column] ?? 0)));
  const kept = rows.map((row) => row.filter((_, column) => (held[column] ?? 0) > 0));
  const rowSums = kept.map(sum);
  const columnSums = held.filter((count) => count > 0);
  const shorter = Math.min(rowSums.length, columnSums.length) - 1;
  if (shorter < 1) return undefined;
  const total = sum(rowSums);
  let chiSquare = 0;
  for (const [index, row] of kept.entries()) {
    for (const [column, observed] of row.entries()) {
      const expected = ((rowSums[index] ?? 0) * (columnSums[column] ?? 0)) / total;
      chiSquare += (observed - expected) ** 2 / expected;
    }
  }
  const degrees = (rowSums.length - 1) * (columnSums.length - 1);
  const cramersV = Math.min(1, Math.sqrt(chiSquare / (total * shorter)));
  const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = kept;
  const sign = a * d < b * c ? -1 : 1;
  return {
    chiSquare,
    degrees,
    p: chiSquareTail(chiSquare, degrees),
    cramersV,
    ...(degrees === 1 && { phi: sign * cramersV }),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/**
 * The probability that a chi-square variable of so many degrees of freedom is at least this large: Q(k/2, x/2), the
 * regularised upper incomplete gamma function. To about 12 digits.
 * Source: NIST Digital Library of Mathematical Functions, 8.7.1 (the series, where x < k + 2) and the even part of
 * 8.9.2 (the continued fraction, elsewhere), which is worked out by Lentz's method.
 */
export function chiSquareTail(statistic: number, degrees: number): number {
  if (statistic <= 0) return 1;
  const a = degrees / 2;
  const x = statistic / 2;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(degrees));
  return x < a + 1 ? Math.max(0, 1 - scale * lowerSeries(a, x)) : Math.min(1, scale * upperFraction(a, x));
}

/** ln Γ(k/2) for a whole k, by Γ(1/2) = √π, Γ(1) = 1 and Γ(a + 1) = a Γ(a). */
function logGamma(k: number): number {
  let log = k % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let twice = k - 2; twice > 0; twice -= 2) log += Math.log(twice / 2);
  return log;
}

/** Where a further term changes nothing that is worth having. */
const ENOUGH = 1e-14;

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let total = term;
  for (let n = 1; term > total * ENOUGH; n++) {
    term *= x / (a + n);
    total += term;
  }
  return total;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let value = d;
  for (let n = 1, delta = 0; Math.abs(delta - 1) > ENOUGH; n++) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    delta = c * d;
    value *= delta;
  }
  return value;
}
