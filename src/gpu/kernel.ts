import { InputError } from "../errors.js";
import { unpack } from "./unpack.js";

/** What the build's .wgsl plugin delivers: the path below shaders/ without its ending, the text, and those of its libraries. */
export interface KernelSource {
  readonly name: string;
  readonly code: string;
  readonly uses?: readonly string[];
}

/** A kernel's text with the libraries it uses behind it, so that line numbers of the file itself stay true. */
const whole = ({ code, uses = [] }: KernelSource): string =>
  [code, ...uses]
    .map((text) => unpack(text).trimEnd())
    .join("\n\n")
    .concat("\n");

export type Scalar = "u32" | "i32" | "f32" | "bool";

/** A storage buffer of group 0, in binding order. The WGSL variable's name is the wiring. */
export interface Binding {
  readonly name: string;
  readonly index: number;
  readonly access: "read" | "read_write";
  /** The array's element type as written, e.g. `f32`, `u32`, `vec4f`. */
  readonly element: string;
}

export interface Field {
  readonly name: string;
  readonly type: "u32" | "f32";
}

export interface Override {
  readonly name: string;
  readonly type: Scalar;
  readonly initial: number | boolean;
}

/** One parsed WGSL entry point. The file is the only declaration; everything here is read from it. */
export interface Kernel {
  /** `linear/grad-w`, or `linear/grad-w.sgb` for a variant: path, label, error text, benchmark row, test name. */
  readonly name: string;
  /** The name without its variant: the key of its float64 twin. */
  readonly twin: string;
  readonly code: string;
  readonly bindings: readonly Binding[];
  /** Fields of `struct Sizes`, 4 bytes each, in order; empty where the kernel has none. */
  readonly sizes: readonly Field[];
  /** Binding index of the sizes uniform; undefined where the kernel has none. */
  readonly sizesIndex: number | undefined;
  readonly overrides: readonly Override[];
  /** Fields of `struct Step` where the kernel binds it (group 1), else undefined. */
  readonly step: readonly Field[] | undefined;
  /** Workgroup size as written: numbers or override names. */
  readonly workgroup: readonly string[];
  /** The header's grid expressions over sizes and overrides. */
  readonly grid: readonly string[];
  /** Whether it needs the `subgroups` or `shader-f16` feature. */
  readonly features: readonly ("subgroups" | "shader-f16")[];
}

const BINDING =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<storage(?:,\s*(read_write|read))?>\s*(\w+)\s*:\s*array<([^;]+)>\s*;/g;
const OVERRIDE = /^\s*override\s+(\w+)\s*:\s*(u32|i32|f32|bool)\s*=\s*([^;]+);/gm;

const parsed = new Map<string, Kernel>();

/** Reads a kernel's interface out of its WGSL. Results are kept: a source is parsed once.
 * @throws InputError naming the shader where its header, sizes or bindings break the house form. */
export function parseKernel(source: KernelSource): Kernel {
  const known = parsed.get(source.name);
  const code = whole(source);
  if (known !== undefined && known.code === code) return known;
  const kernel = parse(source.name, code);
  parsed.set(source.name, kernel);
  return kernel;
}

function parse(name: string, code: string): Kernel {
  const fail = (what: string): never => {
    throw new InputError(`shaders/${name}.wgsl: ${what}`);
  };
  const bindings = [...code.matchAll(BINDING)].map(
    (m): Binding => ({
      index: Number(m[1]),
      access: m[2] === "read_write" ? "read_write" : "read",
      name: m[3] as string,
      element: (m[4] as string).trim(),
    }),
  );
  bindings.forEach((b, i) => {
    if (b.index !== i)
      fail(`binding ${b.index} (${b.name}) stands at place ${i}; storage bindings count from 0 in order.`);
  });
  const sizesAt = /@group\(0\)\s*@binding\((\d+)\)\s*var<uniform>\s*sizes\s*:\s*Sizes\s*;/.exec(code);
  if (sizesAt && Number(sizesAt[1]) !== bindings.length) fail("the sizes uniform must be the last binding of group 0.");
  const stepBound = /@group\(1\)\s*@binding\(0\)\s*var<uniform>\s*step\s*:\s*Step\s*;/.test(code);
  const grid = gridExpressions(code);
  if (grid.length === 0) fail('the header has no "// grid: ..." line.');
  const workgroup = /@workgroup_size\(([^)]*)\)/.exec(code)?.[1];
  if (workgroup === undefined) return fail("there is no @workgroup_size.");
  return {
    name,
    twin: name.split(".")[0] as string,
    code,
    bindings,
    sizes: sizesAt ? structFields(code, "Sizes", fail) : [],
    sizesIndex: sizesAt ? bindings.length : undefined,
    overrides: [...code.matchAll(OVERRIDE)].map((m): Override => {
      const type = m[2] as Scalar;
      return { name: m[1] as string, type, initial: literal((m[3] as string).trim(), type) };
    }),
    step: stepBound ? structFields(code, "Step", fail) : undefined,
    workgroup: workgroup.split(",").map((s) => s.trim()),
    grid,
    features: [
      ...(/^\s*enable\s+subgroups\s*;/m.test(code) ? (["subgroups"] as const) : []),
      ...(/^\s*enable\s+f16\s*;/m.test(code) ? (["shader-f16"] as const) : []),
    ],
  };
}

function literal(text: string, type: Scalar): number | boolean {
  return type === "bool" ? text === "true" : Number(text.replace(/[uif]$/, ""));
}

function structFields(code: string, struct: string, fail: (what: string) => never): Field[] {
  const body = new RegExp(`struct\\s+${struct}\\s*\\{([^}]*)\\}`).exec(code)?.[1];
  if (body === undefined) return fail(`struct ${struct} is bound but not declared.`);
  return body
    .replace(/\/\/[^\n]*/g, "")
    .split(",")
    .map((f) => f.trim())
    .filter((f) => f !== "")
    .map((f) => {
      const m = /^(\w+)\s*:\s*(u32|f32)$/.exec(f);
      if (!m) return fail(`struct ${struct}: "${f}" is not a u32 or f32 scalar.`);
      return { name: m[1] as string, type: m[2] as "u32" | "f32" };
    });
}

/** `// grid: ceil(O/TILE), ceil(B/TILE)    remark after two spaces` */
function gridExpressions(code: string): string[] {
  const line = /^\/\/ grid:\s*(.*)$/m.exec(code)?.[1];
  if (line === undefined) return [];
  const expression = line.split(/\s{2,}/)[0] as string;
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= expression.length; i++) {
    const c = expression[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === undefined || (c === "," && depth === 0)) {
      out.push(expression.slice(from, i).trim());
      from = i + 1;
    }
  }
  return out.filter((e) => e !== "");
}
