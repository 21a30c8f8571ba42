import { InputError } from "./errors.js";

/** Checks one value of a config and gives it back typed; `path` is where it stands, e.g. `model.latentDim`. */
export type Rule<T> = (value: unknown, path: string) => T;

type Shape<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

const show = (value: unknown): string => {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
};

const refuse = (path: string, value: unknown, allowed: string): never => {
  throw new InputError(`${path} is ${value === undefined ? "missing" : show(value)}; allowed: ${allowed}.`);
};

/** Single-letter edits that turn one name into the other, capitals aside (Levenshtein 1966). */
export function editDistance(from: string, to: string): number {
  const [a, b] = [from.slice(0, 64).toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

/** The candidate with the smallest edit distance to `name`. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  return [...candidates].sort((a, b) => editDistance(name, a) - editDistance(name, b))[0];
}

export const rules = {
  /** A finite number in [min, max]. */
  number:
    (min: number, max: number): Rule<number> =>
    (value, path) =>
      typeof value === "number" && value >= min && value <= max
        ? value
        : refuse(path, value, `a number from ${min} to ${max}`),
  /** A finite number above `min` and up to `max`. */
  above:
    (min: number, max: number): Rule<number> =>
    (value, path) =>
      typeof value === "number" && value > min && value <= max
        ? value
        : refuse(path, value, `a number above ${min}, up to ${max}`),
  integer:
    (min: number, max: number): Rule<number> =>
    (value, path) =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max
        ? (value as number)
        : refuse(path, value, `a whole number from ${min} to ${max}`),
  boolean: ((value, path) =>
    typeof value === "boolean" ? value : refuse(path, value, "true or false")) as Rule<boolean>,
  string: ((value, path) =>
    typeof value === "string" && value !== ""
      ? value
      : refuse(path, value, "a text that is not empty")) as Rule<string>,
  oneOf:
    <const T extends string>(...names: readonly T[]): Rule<T> =>
    (value, path) => {
      if (names.includes(value as T)) return value as T;
      const near = typeof value === "string" ? nearest(value, names) : undefined;
      throw new InputError(
        `${path} is ${value === undefined ? "missing" : show(value)}; allowed: ${names.map((n) => `"${n}"`).join(", ")}.${near ? ` Did you mean "${near}"?` : ""}`,
      );
    },
  list:
    <T>(rule: Rule<T>, least: number, most: number): Rule<readonly T[]> =>
    (value, path) => {
      if (!Array.isArray(value) || value.length < least || value.length > most)
        return refuse(path, value, `a list of ${least === most ? least : `${least} to ${most}`} values`);
      return value.map((v, i) => rule(v, `${path}[${i}]`));
    },
  optional:
    <T>(rule: Rule<T>): Rule<T | undefined> =>
    (value, path) =>
      value === undefined ? undefined : rule(value, path),
  /** Rule chosen by the object's `kind`. */
  byKind:
    <T extends { readonly kind: string }>(kinds: { readonly [K in T["kind"]]: Rule<T> }): Rule<T> =>
    (value, path) => {
      const names = Object.keys(kinds) as T["kind"][];
      if (typeof value !== "object" || value === null) return refuse(path, value, `an object with a "kind"`);
      const kind = rules.oneOf(...names)((value as { kind?: unknown }).kind, `${path}.kind`);
      return kinds[kind](value, path);
    },
  /** An object with these keys and no others. */
  object:
    <T extends object>(shape: Shape<T>): Rule<T> =>
    (value, path) => {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return refuse(path || "the config", value, "an object");
      const keys = Object.keys(shape);
      for (const key of Object.keys(value)) {
        if (!keys.includes(key)) {
          const at = path ? `${path}.${key}` : key;
          throw new InputError(
            `${at} is not a known key; allowed: ${keys.join(", ")}. Did you mean "${nearest(key, keys)}"?`,
          );
        }
      }
      const out: Record<string, unknown> = {};
      for (const key of keys) {
        const checked = shape[key as keyof T]((value as Record<string, unknown>)[key], path ? `${path}.${key}` : key);
        if (checked !== undefined) out[key] = checked;
      }
      return out as T;
    },
};
