import { draw, normalAt } from "../../src/random/philox.js";
import { ulp } from "./accuracy.js";

/** The normal draw of lib/philox at an element, and the error granted to its log (from u = 1/32; a series below), square root
 * and polynomials. */
export function normalDraw(
  step: Readonly<Record<string, number>>,
  stream: number,
  element: number,
): { value: number; granted: number } {
  const seed = step.seed_low + step.seed_high * 2 ** 32;
  const words = draw(seed, stream, step.step, element >>> 2);
  const u = (words[element & 2] >>> 8) / 2 ** 24;
  const radius = Math.sqrt(-2 * Math.log(1 - u));
  const logError = u < 0.03125 ? 0 : ulp.log(1 - u);
  const granted = logError / Math.max(radius, 0.25) + ulp.sqrt(radius) + (ulp.polynomial + 2 * ulp.one) * radius;
  return { value: normalAt(seed, stream, step.step, element), granted };
}
