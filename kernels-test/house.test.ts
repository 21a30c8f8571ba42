import { existsSync, readFileSync } from "node:fs";
import shaders from "shaders:all";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { peakKernels } from "../src/bench/peak.js";
import { argmin } from "../src/bench/w3.js";
import { Device } from "../src/gpu/device.js";
import { overrideValues } from "../src/gpu/grid.js";
import type { Kernel } from "../src/gpu/kernel.js";
import { parseKernel } from "../src/gpu/kernel.js";
import { acquire } from "../src/gpu/platform/node.js";
import { ops } from "../src/ops/index.js";
import type { Choice } from "../src/ops/op.js";
import { elements } from "../src/ops/op.js";
import { proofs } from "./ref/index.js";
import { circle, files, importsOf, openLoops } from "./sources.js";
import { CaseRun } from "./trials.js";

const test = suite("house");
const kernels = shaders.map(parseKernel);
const choicesOf = (op: (typeof ops)[number]): Choice[] => [...op.forward, ...op.backward];
const allOf = ({ plain, variants }: Choice): Kernel[] => [plain, ...variants.map((v) => v.kernel)];

/** Shapes of a case's inputs and outputs. */
const shapesOf = (proof: (typeof proofs)[number], c: number): CaseRun["shapes"] =>
  new CaseRun(proof, proof.cases[c], { integers: false, round: true }, c).shapes;

test("every shader is a kernel of an op row, or one of the bench's three", () => {
  const used = new Set(
    ops
      .flatMap(choicesOf)
      .flatMap(allOf)
      .concat(peakKernels, allOf(argmin.forward[0]))
      .map((k) => k.name),
  );
  assert.equal(
    kernels.map((k) => k.name).filter((name) => !used.has(name)),
    [],
  );
});

test("every row has its proof: a twin for each kernel, at least 3 cases, one larger than a workgroup", () => {
  const names = ops.map((op) => op.name);
  assert.is(new Set(names).size, names.length, "two rows have one name");
  for (const op of ops.filter((o) => choicesOf(o).length > 0)) {
    const proof = proofs.find((p) => p.op === op);
    if (!proof) {
      assert.unreachable(`${op.name} has no proof`);
      continue;
    }
    assert.ok(proof.cases.length >= 3, `${op.name} has ${proof.cases.length} cases`);
    for (const { plain } of choicesOf(op)) assert.ok(proof.references[plain.twin], `${plain.twin} has no twin`);
    const largest = Math.max(...proof.cases.flatMap((_, c) => [...shapesOf(proof, c).values()].map(elements)));
    for (const kernel of choicesOf(op).flatMap(allOf))
      assert.ok(largest > threads(kernel), `no case of ${op.name} is larger than a workgroup of ${kernel.name}`);
  }
  assert.equal(
    proofs.filter((p) => !ops.includes(p.op)).map((p) => p.op.name),
    [],
  );
});

test("variants take the place of the plain kernel: same bindings, sizes and step", () => {
  for (const choice of ops.flatMap(choicesOf))
    for (const { kernel } of choice.variants) {
      const interfaceOf = (k: Kernel) => [k.twin, k.bindings.map((b) => [b.name, b.index, b.access]), k.sizes, k.step];
      assert.equal(interfaceOf(kernel), interfaceOf(choice.plain), kernel.name);
    }
});

const threads = (kernel: Kernel): number => {
  const values = overrideValues(kernel, {});
  return kernel.workgroup.reduce((n, side) => n * (values[side] ?? Number.parseInt(side, 10)), 1);
};

test("kernels keep to the portable limits, and an independent parser reads the same interface", () => {
  for (const kernel of kernels) {
    assert.ok(kernel.bindings.length <= 8, `${kernel.name} binds ${kernel.bindings.length} storage buffers`);
    assert.ok(threads(kernel) <= 256, `${kernel.name} has ${threads(kernel)} threads`);
    // The parser takes `block` for a keyword, which WGSL does not.
    const reflect = new WgslReflect(kernel.code.replace(/\bblock\b/g, "block_"));
    const order = <T extends { binding: number }>(list: readonly T[]) =>
      [...list].sort((a, b) => a.binding - b.binding);
    assert.equal(
      order(reflect.storage).map((s) => [s.name, s.group, s.binding, s.access]),
      kernel.bindings.map((b) => [b.name, 0, b.index, b.access]),
      kernel.name,
    );
    assert.equal(
      order(reflect.uniforms).map((u) => [u.name, u.group]),
      order([
        ...(kernel.step ? [{ name: "step", group: 1, binding: 0 }] : []),
        ...(kernel.sizesIndex !== undefined ? [{ name: "sizes", group: 0, binding: kernel.sizesIndex }] : []),
      ]).map((u) => [u.name, u.group]),
      kernel.name,
    );
    assert.is(reflect.entry.compute.length, 1);
    assert.equal(
      reflect.overrides.map((o) => o.name),
      kernel.overrides.map((o) => o.name),
      kernel.name,
    );
  }
});

test("on a device of WebGPU's default limits every kernel makes a pipeline with each setting of its cases, without a warning", async () => {
  const { adapter } = await acquire("null");
  const device = await adapter.requestDevice({ requiredFeatures: ["subgroups", "shader-f16"] });
  const { limits } = device;
  assert.equal(
    [
      limits.maxStorageBuffersPerShaderStage,
      limits.maxComputeWorkgroupStorageSize,
      limits.maxComputeInvocationsPerWorkgroup,
    ],
    [8, 16_384, 256],
  );
  const modules = new Map<string, GPUShaderModule>();
  for (const kernel of kernels) {
    const module = device.createShaderModule({ label: kernel.name, code: kernel.code });
    modules.set(kernel.code, module);
    const { messages } = await module.getCompilationInfo();
    assert.equal(
      messages.map((m) => `${kernel.name}:${m.lineNum}: ${m.message}`),
      [],
    );
  }
  const made = new Set<string>();
  for (const proof of proofs)
    for (const [c, item] of proof.cases.entries()) {
      const shapes = Object.fromEntries(shapesOf(proof, c));
      const given = proof.op.overrides?.(shapes, item.attrs ?? {}) ?? {};
      for (const kernel of choicesOf(proof.op).flatMap(allOf)) {
        const own = Object.fromEntries(
          Object.entries(given).filter(([name]) => kernel.overrides.some((o) => o.name === name)),
        );
        const constants = overrideValues(kernel, own);
        const key = kernel.name + JSON.stringify(constants);
        if (made.has(key)) continue;
        made.add(key);
        device.pushErrorScope("validation");
        const module = modules.get(kernel.code) as GPUShaderModule;
        device.createComputePipeline({
          label: key,
          layout: "auto",
          compute: { module, entryPoint: "main", constants },
        });
        assert.is((await device.popErrorScope())?.message, undefined);
      }
    }
  assert.ok(made.size >= kernels.length, `${made.size} pipelines of ${kernels.length} kernels`);
  device.destroy();
});

test("the driver in use has no warning about any kernel that it can run", async () => {
  const device = await Device.open();
  for (const { name, code, features } of kernels) {
    if (features.some((f) => !device.features.has(f))) continue;
    const { messages } = await device.handle.createShaderModule({ label: name, code }).getCompilationInfo();
    assert.equal(
      messages.map((m) => `${name}:${m.lineNum}: ${m.message}`),
      [],
    );
  }
  await device.dispose();
});

test("every loop of a shader counts to a bound that does not change", () => {
  for (const { name, code } of shaders) assert.equal(openLoops(code), [], name);
  const bad = [
    "while (x[0] > 0.0) { }",
    "loop { if (done) { break; } }",
    "for (var i = 0u; i < u32(x[3]); i++) { }",
    "var n = 3u; for (var i = 0u; i < n; i++) { }",
    "let n = bitcast<u32>(x[0]); for (var i = 0u; i < n; i++) { }",
    "for (var i = 0u; i < 8u; i++) { if (true) { i = 0u; } }",
    "for (var i = 0u; i < 8u;) { i++; }",
    "for (;;) { }",
    "for (var i = 0u; i < 8u; f(f(f(i)))) { }",
  ];
  for (const code of bad) assert.is.not(openLoops(code).length, 0, code);
  assert.equal(openLoops("let n = sizes.B / 2u; for (var i = lane; i < n; i += 64u) { s += x[i]; }"), []);
});

test("no float atomics: atomics are integers and no exchange imitates a float's", () => {
  for (const { name, code } of shaders) {
    for (const [, type] of code.matchAll(/\batomic<\s*(\w+)/g)) assert.match(type, /^[ui]32$/, name);
    assert.not.match(code, /atomicCompareExchange|atomicExchange/, name);
  }
});

/** What each part of src may import, DESIGN.md's rule 7. */
const bottom = ["errors", "check", "random"];
const may: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  check: ["errors"],
  random: ["errors"],
  formats: ["errors"],
  data: [...bottom, "formats"],
  gpu: bottom,
  ops: [...bottom, "gpu"],
  graph: [...bottom, "gpu", "ops"],
  layers: [...bottom, "gpu", "ops", "graph"],
  models: [...bottom, "gpu", "ops", "graph", "layers"],
  train: [...bottom, "gpu", "ops", "graph", "layers", "models", "formats", "data"],
  pictures: [...bottom, "gpu", "ops", "graph"],
  evaluate: [...bottom, "gpu", "ops", "graph", "layers", "models", "formats", "data", "train"],
  share: [...bottom, "gpu", "ops", "graph", "layers", "models", "formats", "data", "train"],
  bench: [...bottom, "gpu", "ops", "graph", "layers", "models", "formats", "data", "train"],
  export: [...bottom, "gpu", "ops", "graph", "layers", "models", "formats", "train"],
};
const library = Object.keys(may);
const allowed = (part: string): readonly string[] =>
  part === "index"
    ? library
    : part === "worker"
      ? ["train"]
      : part === "cli"
        ? [...library, "index"]
        : (may[part] ?? []);
const partOf = (file: string): string => file.split("/")[1].replace(/\.ts$/, "");

const sources = files("src", ".ts").filter((file) => !file.endsWith(".d.ts"));

test("imports point one way, and run in no circle", () => {
  assert.ok(sources.length > 50);
  const wrong = sources
    .flatMap((file) => importsOf(file))
    .filter(({ from, to }) => {
      if (to === "kernels-test/verify.ts") return from !== "src/cli/verify.ts";
      return !to.startsWith("src/") || (partOf(from) !== partOf(to) && !allowed(partOf(from)).includes(partOf(to)));
    })
    .map(({ from, to }) => `${from} imports ${to}`);
  assert.equal(wrong, []);
  const round = circle(sources.flatMap((file) => importsOf(file)));
  assert.is(round, undefined, round?.join(" -> "));
});

test("the look at imports sees what it must", () => {
  const text = `import { a } from "../x/a.js";\nimport type { B } from "./b.js";\nexport { c } from "./c.js";\nconst d = import("../d.js");\nimport {\n  e,\n} from "./e.js";\nimport f from "f";`;
  assert.equal(
    importsOf("src/y/z.ts", text).map((i) => [i.to, i.type]),
    [
      ["src/x/a.ts", false],
      ["src/y/b.ts", true],
      ["src/y/c.ts", false],
      ["src/y/e.ts", false],
      ["src/d.ts", false],
    ],
  );
  const edge = (from: string, to: string, type = false) => ({ from, to, type });
  assert.equal(circle([edge("a", "b"), edge("b", "c"), edge("c", "b")]), ["b", "c", "b"]);
  assert.is(circle([edge("a", "b"), edge("b", "c"), edge("c", "b", true), edge("a", "c")]), undefined);
});

test("every file of src is reached from an entry", () => {
  const entries = [
    "src/index.ts",
    "src/evaluate/index.ts",
    "src/worker.ts",
    "src/share/viewer.ts",
    "src/cli/main.ts",
    "kernels-test/verify.ts",
  ].filter((file) => existsSync(file));
  const reached = new Set(entries);
  for (const file of reached) {
    if (!existsSync(file)) assert.unreachable(`${file} is imported and not there`);
    // In a page the bundler takes browser.ts in the place of node.ts.
    const twin = file.replace(/\/node\.ts$/, "/browser.ts");
    for (const to of [...importsOf(file).map((i) => i.to), ...(existsSync(twin) ? [twin] : [])]) reached.add(to);
  }
  assert.equal(
    sources.filter((file) => !reached.has(file)),
    [],
  );
});

test("files are short", () => {
  const long = (limit: number, list: readonly string[]) =>
    list
      .map((file) => [file, readFileSync(file, "utf8").split("\n").length - 1] as const)
      .filter(([, lines]) => lines > limit)
      .map(([file, lines]) => `${file} has ${lines} lines`);
  const tests = [...files("kernels-test", ".ts", ".mjs"), ...files("demos", ".ts")];
  assert.equal(long(300, [...sources, ...tests, ...files("shaders", ".wgsl"), "build.mjs"]), []);
});

test.run();
