/**
 * The chance that a chi-square of so many degrees of freedom is `x` or more: the regularised upper incomplete gamma
 * function Q(degrees / 2, x / 2).
 *
 * Source: Press et al., Numerical Recipes in C, 2nd edition, 6.2: the series (6.2.5) below a + 1, the continued
 * fraction (6.2.7) by Lentz's method above.
 */
export function chiSquareSurvival(x: number, degrees: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const a = degrees / 2;
  const y = x / 2;
  const scale = Math.exp(a * Math.log(y) - y - logGamma(a));
  return y < a + 1 ? 1 - scale * lowerSeries(a, y) : scale * upperFraction(a, y);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = a + 1; term > sum * Number.EPSILON; n++) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1, step = 0; Math.abs(step - 1) > Number.EPSILON; i++) {
    const numerator = -i * (i - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b);
    c = nonZero(b + numerator / c);
    step = d * c;
    fraction *= step;
  }
  return fraction;

  function nonZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value;
  }
}

/**
 * The logarithm of the gamma function of a positive number: Stirling's series, after the argument was raised to where
 * five terms are exact to a double. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41.
 */
export function logGamma(x: number): number {
  if (x < 15) return logGamma(x + 1) - Math.log(x);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * The chance that the empirical distribution of `count` points is `distance` or more away from its own.
 *
 * Source: the limit of Kolmogorov (1933) with the correction of M. A. Stephens (1970) for few points, as in Numerical
 * Recipes in C, 2nd edition, 14.3.9. It is a few per cent off at most.
 */
export function kolmogorovSurvival(distance: number, count: number): number {
  const root = Math.sqrt(count);
  return kolmogorovLimit((root + 0.12 + 0.11 / root) * distance);
}

/** The same for boundlessly many points: twice the alternating sum of exp(-2 j² λ²) (there, 14.3.7). */
export function kolmogorovLimit(lambda: number): number {
  // Below this the sum needs many terms, and is 1 to the last digit.
  if (lambda < 0.18) return 1;
  let sum = 0;
  for (let j = 1, sign = 2, term = 1; term > 1e-20 * sum; j++, sign = -sign) {
    term = Math.exp(-2 * (j * lambda) ** 2);
    sum += sign * term;
  }
  return sum;
}

/** How far points of [0, 1] lie from an even spread: the statistic of Kolmogorov and Smirnov. */
export function distanceFromEven(points: readonly number[]): number {
  const sorted = [...points].sort((a, b) => a - b);
  const count = sorted.length;
  return sorted.reduce((worst, point, rank) => Math.max(worst, point - rank / count, (rank + 1) / count - point), 0);
}

/**
 * What independent p-values say together of chance being all there is: small where they are small.
 * Source: R. A. Fisher, Statistical Methods for Research Workers (1932), 21.1.
 */
export function fisher(pValues: readonly number[]): number {
  const statistic = -2 * pValues.reduce((sum, p) => sum + Math.log(p), 0);
  return chiSquareSurvival(statistic, 2 * pValues.length);
}
