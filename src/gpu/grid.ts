import { DoesNotFitError } from "../errors.js";
import type { Kernel } from "./kernel.js";

const MAX_GROUPS = 65535;

/** Evaluates a header's grid expression: + - * / ( ) ceil min max over integers, sizes and overrides. */
export function evaluate(expression: string, values: Readonly<Record<string, number>>): number {
  const tokens = expression.match(/\d+|\w+|[-+*/(),]/g) ?? [];
  let at = 0;
  const take = (token: string): boolean => tokens[at] === token && ++at > 0;
  const expect = (token: string): void => {
    if (!take(token)) throw new Error(`grid "${expression}": expected "${token}" before "${tokens[at] ?? "the end"}"`);
  };
  const list = (): number[] => {
    const out = [sum()];
    while (take(",")) out.push(sum());
    expect(")");
    return out;
  };
  const atom = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw new Error(`grid "${expression}" ends early`);
    if (token === "(") return list()[0] as number;
    if (/^\d/.test(token)) return Number(token);
    if (take("(")) {
      const args = list();
      if (token === "ceil") return Math.ceil(args[0] as number);
      if (token === "min") return Math.min(...args);
      if (token === "max") return Math.max(...args);
      throw new Error(`grid "${expression}": unknown function ${token}`);
    }
    const value = values[token];
    if (value === undefined) throw new Error(`grid "${expression}": ${token} is neither a size nor an override`);
    return value;
  };
  const product = (): number => {
    let value = atom();
    for (;;) {
      if (take("*")) value *= atom();
      else if (take("/")) value /= atom();
      else return value;
    }
  };
  const sum = (): number => {
    let value = product();
    for (;;) {
      if (take("+")) value += product();
      else if (take("-")) value -= product();
      else return value;
    }
  };
  const value = sum();
  if (at < tokens.length) throw new Error(`grid "${expression}": "${tokens[at]}" is left over`);
  return value;
}

/** Every override's value: the kernel's own, replaced by what `given` names. */
export function overrideValues(
  kernel: Kernel,
  given: Readonly<Record<string, number | boolean>>,
): Record<string, number> {
  return Object.fromEntries(kernel.overrides.map((o) => [o.name, Number(given[o.name] ?? o.initial)]));
}

/** The overrides that a pipeline of this kernel is made with: what the call gives, and the subgroup's lanes where it asks. */
export function pipelineOverrides(
  kernel: Kernel,
  given: Readonly<Record<string, number | boolean>>,
  subgroupSize: number,
): Record<string, number | boolean> {
  const overrides: Record<string, number | boolean> = {};
  for (const { name } of kernel.overrides) {
    const value = given[name] ?? (name === "SUBGROUP" ? subgroupSize : undefined);
    if (value !== undefined) overrides[name] = value;
  }
  return overrides;
}

/** Workgroups in x, y, z. A one-dimensional grid beyond 65,535 is folded into x and y (lib/grid.wgsl unfolds it).
 * @throws DoesNotFitError where a second dimension is beyond the limit. */
export function gridOf(
  kernel: Kernel,
  sizes: Readonly<Record<string, number>>,
  overrides: Readonly<Record<string, number | boolean>>,
): [number, number, number] {
  const values = { ...sizes, ...overrideValues(kernel, overrides) };
  const groups = kernel.grid.map((e) => Math.max(1, Math.ceil(evaluate(e, values))));
  const [x = 1, y = 1, z = 1] = groups;
  if (groups.length === 1 && x > MAX_GROUPS) {
    const rows = Math.ceil(x / MAX_GROUPS);
    return [Math.ceil(x / rows), rows, 1];
  }
  const over = groups.find((g) => g > MAX_GROUPS);
  if (over !== undefined)
    throw new DoesNotFitError(
      `${kernel.name} needs ${over} workgroups in one dimension and WebGPU allows ${MAX_GROUPS}`,
      "use a smaller batch",
    );
  return [x, y, z];
}
