import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { readSafetensors } from "../src/formats/safetensors.js";
import { Device } from "../src/gpu/device.js";
import { Program } from "../src/gpu/program.js";
import { Graph } from "../src/graph/graph.js";
import { Interpreter } from "../src/graph/interpret.js";
import { type Parameter, Parameters } from "../src/graph/parameters.js";
import { Plan } from "../src/graph/plan.js";
import type { AppendOptions, Optimizer, OptimizerConfig } from "../src/train/optimizer.js";
import { createOptimizer } from "../src/train/optimizer.js";
import { references } from "./ref/index.js";

const device = await Device.open();

interface Loaded {
  readonly parameters: Parameters;
  readonly program: Program;
  readonly plan: Plan;
  readonly norm: string | undefined;
}

/** An optimizer over parameters of the given lengths, nothing else in the graph. */
function load(optimizer: Optimizer, lengths: Readonly<Record<string, number>>, options?: AppendOptions): Loaded {
  const parameters = new Parameters();
  for (const [name, n] of Object.entries(lengths)) parameters.add(name, [n], { kind: "zeros" });
  const graph = new Graph(parameters);
  const { norm } = optimizer.append(graph, options);
  const plan = new Plan(graph, device);
  const program = new Program(device, plan);
  for (const arena of optimizer.arenas)
    program.writeBuffer(`${arena} arena`, new Float32Array(parameters.arenaLength).fill(optimizer.initial[arena]));
  return { parameters, program, plan, norm: norm?.name };
}

/** Spreads values by parameter over an arena. */
function arenaOf(parameters: Parameters, values: Readonly<Record<string, ArrayLike<number>>>): Float32Array {
  const arena = new Float32Array(parameters.arenaLength);
  for (const { tensor } of parameters.all) arena.set(values[tensor.name], tensor.offset);
  return arena;
}

async function part({ parameters, program }: Loaded, arena: string, name: string): Promise<Float32Array> {
  const whole = new Float32Array(await program.readBuffer(`${arena} arena`));
  const { tensor } = parameters.all.find((p) => p.tensor.name === name) as Parameter;
  const from = tensor.offset as number;
  return whole.slice(from, from + tensor.shape[0]);
}

const file = "../shared/golden/optimizers.safetensors";
const golden = suite("golden optimizers");
if (!existsSync(file)) console.log(`skipped: golden optimizers (no ${file})`);
if (existsSync(file)) {
  const { metadata, tensors } = readSafetensors(new Uint8Array(readFileSync(file)), file);
  type Params = Readonly<Record<string, unknown>>;
  const cases: { op: string; params: Params; stat: Readonly<Record<string, readonly [number, number]>> }[] = JSON.parse(
    metadata.get("cases") as string,
  );
  const values = (name: string): Float32Array => tensors.get(name)?.data as Float32Array;
  const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  const configOf = (op: string, params: Params): OptimizerConfig =>
    ({ kind: op, ...Object.fromEntries(Object.entries(params).map(([k, v]) => [camel(k), v])) }) as OptimizerConfig;
  const near = (got: Float32Array, name: string, stat: readonly [number, number] | undefined): void => {
    const want = values(name);
    assert.is(got.length, want.length);
    const largest = stat?.[0] ?? Math.max(...want.map(Math.abs));
    const bound = 1e-6 + 2e-6 * largest + 16 * (stat?.[1] ?? 0);
    want.forEach((w, i) => {
      assert.ok(Math.abs(got[i] - w) <= bound, `${name}[${i}] is ${got[i]}, PyTorch ${w}, bound ${bound}`);
    });
  };

  cases.forEach(({ op, params, stat }, c) => {
    if (op === "clip_grad_norm") return;
    golden(`case ${c}: five steps of ${op} ${JSON.stringify(params)}`, async () => {
      const optimizer = createOptimizer(configOf(op, params));
      const loaded = load(optimizer, { p: values(`case${c}/p0`).length });
      loaded.program.writeBuffer("weight arena", values(`case${c}/p0`));
      for (let t = 1; t <= 5; t++) {
        loaded.program.writeBuffer("gradient arena", values(`case${c}/g${t - 1}`));
        loaded.program.run([{ ...optimizer.stepValues(t, optimizer.lr) }]);
        near(await part(loaded, "weight", "p"), `case${c}/p${t}`, stat[`p${t}`]);
      }
      loaded.program.dispose();
    });
  });

  golden("clip_grad_norm", async () => {
    const c = cases.findIndex(({ op }) => op === "clip_grad_norm");
    const [a, b] = [values(`case${c}/a`), values(`case${c}/b`)];
    const maxNorm = cases[c].params.max_norm as number;
    const loaded = load(createOptimizer({ kind: "sgd", lr: 0 }), { a: a.length, b: b.length }, { clipNorm: maxNorm });
    loaded.program.writeBuffer("gradient arena", arenaOf(loaded.parameters, { a, b }));
    loaded.program.run([{ lr: 0 }]);
    near(await part(loaded, "gradient", "a"), `case${c}/a1`, undefined);
    near(await part(loaded, "gradient", "b"), `case${c}/b1`, undefined);
    near((await loaded.program.read(loaded.norm as string)) as Float32Array, `case${c}/norm`, undefined);
    loaded.program.dispose();
  });
}
golden.run();

const test = suite("optimizers");

test("every optimizer agrees with its twin over three steps, clipped and not", async () => {
  const configs: OptimizerConfig[] = [
    { kind: "adam", lr: 0.01, amsgrad: true, weightDecay: 0.1 },
    { kind: "adamw", lr: 0.01 },
    { kind: "sgd", lr: 0.01, momentum: 0.9, dampening: 0.25 },
    { kind: "rmsprop", form: "keras", momentum: 0.5, centered: true },
    { kind: "rmsprop", form: "torch", centered: true },
    { kind: "adagrad", lrDecay: 0.5, initialAccumulator: 0.1 },
  ];
  for (const config of configs)
    for (const options of [{}, { clipNorm: 0.5 }]) {
      const optimizer = createOptimizer(config);
      const loaded = load(optimizer, { a: 100, b: 300 }, options);
      const { parameters, program, plan } = loaded;
      const twin = new Interpreter(plan, references, parameters.arenaLength);
      for (const arena of optimizer.arenas) twin.values(`${arena} arena`).fill(optimizer.initial[arena]);
      const weights = Float32Array.from({ length: parameters.arenaLength }, (_, i) => Math.sin(i));
      program.writeBuffer("weight arena", weights);
      twin.write("weight arena", weights);
      for (let t = 1; t <= 3; t++) {
        const gradient = weights.map((_, i) => Math.cos(i * t) + 0.25);
        program.writeBuffer("gradient arena", gradient);
        twin.write("gradient arena", gradient);
        const step = { ...optimizer.stepValues(t, optimizer.lr) };
        program.run([step]);
        twin.run(step);
      }
      for (const arena of ["weight", ...optimizer.arenas]) {
        const got = new Float32Array(await program.readBuffer(`${arena} arena`));
        twin.values(`${arena} arena`).forEach((want, i) => {
          const error = Math.abs(got[i] - want);
          assert.ok(
            error <= 1e-5 + 1e-5 * Math.abs(want),
            `${JSON.stringify(config)} ${arena}[${i}]: ${got[i]}, twin ${want}`,
          );
        });
      }
      program.dispose();
    }
});

test("RMSprop's first step has the length that each form gives it", async () => {
  const g = 1e-3;
  const steps = {
    torch: (g / (Math.sqrt(0.01 * g * g) + 1e-4)) * 0.1,
    keras: (g / Math.sqrt(0.01 * g * g + 1e-4)) * 0.1,
  };
  for (const form of ["torch", "keras"] as const) {
    const loaded = load(createOptimizer({ kind: "rmsprop", form, lr: 0.1, alpha: 0.99, eps: 1e-4 }), { p: 3 });
    loaded.program.writeBuffer("gradient arena", new Float32Array(3).fill(g));
    loaded.program.run([{ lr: 0.1 }]);
    for (const w of await part(loaded, "weight", "p"))
      assert.ok(Math.abs(w + steps[form]) <= 1e-6 * steps[form], `${form}: ${w}`);
    loaded.program.dispose();
  }
});

test("clipping survives gradients of the largest size and leaves small ones alone", async () => {
  const optimizer = createOptimizer({ kind: "sgd", lr: 0 });
  const loaded = load(optimizer, { p: 1000 }, { clipNorm: 2 });
  const { program } = loaded;
  const run = async (g: number): Promise<{ norm: number; after: Float32Array }> => {
    program.writeBuffer("gradient arena", new Float32Array(1000).fill(g));
    program.run([{ lr: 0 }]);
    return { norm: (await program.read(loaded.norm as string))[0], after: await part(loaded, "gradient", "p") };
  };
  const huge = await run(3e38);
  assert.ok(Number.isFinite(huge.norm) && huge.norm > 3.4e38);
  for (const v of huge.after) assert.ok(Math.abs(v - 2 / Math.sqrt(1000)) < 1e-6, `${v}`);
  const small = await run(0.0625);
  assert.ok(Math.abs(small.norm - 0.0625 * Math.sqrt(1000)) < 1e-6);
  for (const v of small.after) assert.is(v, 0.0625);
  const broken = await run(Number.NaN);
  assert.ok(Number.isNaN(broken.norm));
  program.dispose();
});

test("says which arenas it keeps and how they start", () => {
  const arenas = (config: OptimizerConfig): readonly string[] => createOptimizer(config).arenas;
  assert.equal(arenas({ kind: "sgd" }), []);
  assert.equal(arenas({ kind: "sgd", momentum: 0.9 }), ["moment1"]);
  assert.equal(arenas({ kind: "adam" }), ["moment1", "moment2"]);
  assert.equal(arenas({ kind: "adamw", amsgrad: true }), ["moment1", "moment2", "moment3"]);
  assert.equal(arenas({ kind: "rmsprop" }), ["moment1"]);
  assert.equal(arenas({ kind: "rmsprop", centered: true }), ["moment1", "moment2"]);
  assert.equal(createOptimizer({ kind: "adagrad", initialAccumulator: 0.1 }).initial, { moment1: 0.1 });
});

test("defaults are PyTorch's, and Keras's for the keras form", () => {
  const adam = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, amsgrad: false };
  const rmsprop = { momentum: 0, centered: false, weightDecay: 0 };
  const want: Readonly<Record<string, object>> = {
    '{"kind":"adam"}': adam,
    '{"kind":"adamw"}': { ...adam, weightDecay: 0.01 },
    '{"kind":"sgd"}': { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
    '{"kind":"rmsprop"}': { ...rmsprop, form: "torch", lr: 1e-2, alpha: 0.99, eps: 1e-8 },
    '{"kind":"rmsprop","form":"keras"}': { ...rmsprop, form: "keras", lr: 1e-3, alpha: 0.9, eps: 1e-7 },
    '{"kind":"adagrad"}': { lr: 1e-2, lrDecay: 0, initialAccumulator: 0, eps: 1e-10, weightDecay: 0 },
  };
  for (const [config, settings] of Object.entries(want)) {
    const optimizer = createOptimizer(JSON.parse(config));
    assert.equal(optimizer.config, { kind: optimizer.kind, ...settings });
  }
});

test("step values are PyTorch's", () => {
  const { correction1, correction2 } = createOptimizer({ kind: "adam" }).stepValues(3, 0.5);
  assert.is(correction1, 1 - 0.9 ** 3);
  assert.is(correction2, 1 - 0.999 ** 3);
  const sgd = createOptimizer({ kind: "sgd", momentum: 0.9, dampening: 0.25 });
  assert.equal(
    [1, 2, 3].map((t) => sgd.stepValues(t, 1).correction1),
    [1, 0.75, 0.75],
  );
  const adagrad = createOptimizer({ kind: "adagrad", lrDecay: 0.5 });
  assert.equal(
    [1, 2, 3].map((t) => adagrad.stepValues(t, 1).lr),
    [1, 1 / 1.5, 0.5],
  );
});

test("bad settings are refused by name, value and range", () => {
  const bad: [unknown, ...string[]][] = [
    [{ kind: "adm" }, "optimizer.kind", '"adm"', '"adam"'],
    [{ kind: "adam", lr: Number.NaN }, "optimizer.lr", "NaN", "0 to 1000"],
    [{ kind: "adam", betas: [0.9, 1] }, "optimizer.betas[1]", "0.9999999"],
    [{ kind: "adam", betas: [0.9] }, "optimizer.betas", "2 values"],
    [{ kind: "adamw", eps: 0 }, "optimizer.eps", "0;", "1e-30"],
    [{ kind: "sgd", weight_decay: 1 }, "optimizer.weight_decay", '"weightDecay"'],
    [{ kind: "sgd", momentum: 0.9, dampening: 0.5, nesterov: true }, "optimizer.nesterov", "dampening 0.5"],
    [{ kind: "rmsprop", form: "tf" }, "optimizer.form", '"keras"'],
    [{ kind: "adagrad", initialAccumulator: -1 }, "optimizer.initialAccumulator", "-1"],
    [undefined, "optimizer", "missing"],
  ];
  for (const [config, ...parts] of bad) {
    try {
      createOptimizer(config as OptimizerConfig);
      assert.unreachable(JSON.stringify(config));
    } catch (error) {
      assert.instance(error, InputError);
      for (const p of parts)
        assert.ok((error as Error).message.includes(p), `"${p}" is not in: ${(error as Error).message}`);
    }
  }
  assert.throws(
    () => load(createOptimizer({ kind: "adam" }), { p: 1 }, { clipNorm: 0 }),
    (error: Error) => error instanceof InputError && error.message.includes("clipNorm is 0"),
  );
});

test.after(() => device.dispose());
test.run();
