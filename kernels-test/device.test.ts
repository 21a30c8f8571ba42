import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DeviceLostError, DisposedError, GpuError, InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { parseKernel } from "../src/gpu/kernel.js";
import { caught, is } from "./caught.js";
import { runChild } from "./child.js";

const test = suite("device");
let device: Device;
const storage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
const buffer = (on: Device, size: number, label = "t"): GPUBuffer => on.createBuffer({ label, size, usage: storage() });
test.before(async () => {
  device = await Device.open();
});
test.after(() => device.dispose());

test("reports the adapter, its limits and a profile that fits it", () => {
  const { adapter, limits, profile, features } = device;
  assert.ok(adapter.name.length > 0 && adapter.origin.length > 0);
  assert.ok(limits.maxStorageBuffersPerShaderStage >= 8);
  assert.ok(limits.maxBufferSize >= limits.maxStorageBufferBindingSize);
  if (profile.class === "lavapipe" || profile.class === "swiftshader") {
    assert.ok(adapter.software && profile.software);
    assert.is(profile.subgroupSize, adapter.subgroupMinSize);
    assert.is(profile.matmul, process.env.LATENTGPU_KERNELS ?? "sgb");
    assert.ok(features.has("subgroups"));
  }
});

test("describes itself as plain data", () => {
  const { adapter, features, limits, profile } = JSON.parse(JSON.stringify(device.describe()));
  assert.equal(
    [adapter, features, limits, profile],
    [device.adapter, [...device.features], device.limits, device.profile],
  );
  assert.ok(Object.values(limits).every((limit) => typeof limit === "number" && limit > 0));
});

test("features can be held back, and the profile follows", async () => {
  const plain = await Device.open({ features: [] });
  assert.is(plain.features.size, 0);
  assert.is(plain.profile.subgroupSize, 0);
  if (plain.profile.software && !process.env.LATENTGPU_KERNELS) assert.is(plain.profile.matmul, "plain");
  await plain.dispose();
});

test("writes and reads back the same bytes, at odd lengths and offsets", async () => {
  const data = Uint8Array.from({ length: 4096 }, (_, i) => (i * 197) & 255);
  const b = buffer(device, data.length);
  device.write(b, 0, data);
  for (const [offset, bytes] of [
    [0, 4],
    [0, 4096],
    [4, 1],
    [128, 7],
    [4092, 4],
  ] as const) {
    const back = new Uint8Array(await device.read(b, offset, bytes));
    assert.equal(back, data.slice(offset, offset + bytes));
  }
  device.write(b, 8, new Uint32Array([0, 1, 2]).subarray(1));
  assert.equal([...new Uint32Array(await device.read(b, 8, 8))], [1, 2]);
  device.destroyBuffer(b);
});

test("reads in flight at once keep apart, and their staging is used again", async () => {
  const b = buffer(device, 1024);
  device.write(
    b,
    0,
    Uint32Array.from({ length: 256 }, (_, i) => i),
  );
  const many = (): Promise<number[]> =>
    Promise.all(
      Array.from({ length: 20 }, async (_, i) => new Uint32Array(await device.read(b, i * 16, 4))[0] as number),
    );
  const expected = Array.from({ length: 20 }, (_, i) => i * 4);
  assert.equal(await many(), expected);
  const { liveBuffers } = device.memory;
  assert.equal(await many(), expected);
  assert.is(device.memory.liveBuffers, liveBuffers);
  device.destroyBuffer(b);
});

test("counts live memory; destroying twice is harmless", () => {
  const before = { ...device.memory };
  const b = buffer(device, 1001);
  assert.equal(device.memory, { liveBytes: before.liveBytes + 1004, liveBuffers: before.liveBuffers + 1 });
  device.destroyBuffer(b);
  device.destroyBuffer(b);
  assert.equal(device.memory, before);
});

test("a buffer over the limit is refused with size, limit and remedy", async () => {
  const limit = device.limits.maxBufferSize;
  const error = await caught(() => buffer(device, limit + 4, "weights"));
  is(error, InputError, "weights", String(Math.ceil((limit + 4) / 4) * 4), String(limit), "smaller");
  is(await caught(() => buffer(device, Number.NaN)), InputError);
});

const kernel = (body: string, name = "test/k"): ReturnType<typeof parseKernel> =>
  parseKernel({
    name,
    code: `// grid: 1
override N: u32 = 3u;
override ON: bool = true;
const LENGTH: u32 = 2u;
alias Element = f32;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() {
  var t: array<Element, LENGTH>;
  t[0] = Element(N);
  y[0] = select(0.0, f32(t[0]), ON);
  y[1] = f32(LENGTH);
  ${body}
}
`,
  });

async function run(
  k: ReturnType<typeof kernel>,
  ...options: Parameters<Device["pipeline"]> extends [unknown, ...infer R] ? R : never
): Promise<number[]> {
  const y = buffer(device, 16);
  const group = device.bindGroup(k.name, device.bindGroupLayout(k), [{ binding: 0, resource: { buffer: y } }]);
  const pipeline = device.pipeline(k, ...options);
  const encoder = device.handle.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  device.submit([encoder.finish()]);
  const values = [...new Float32Array(await device.read(y, 0, 8))];
  device.destroyBuffer(y);
  return values;
}

test("overrides and constants reach the shader; a pipeline is made once", async () => {
  const k = kernel("");
  assert.equal(await run(k), [3, 2]);
  assert.equal(await run(k, { N: 7 }), [7, 2]);
  assert.equal(await run(k, { ON: false }), [0, 2]);
  assert.equal(await run(k, {}, { LENGTH: "5u", Element: "u32" }), [3, 5]);
  const { pipelines } = device.counters;
  assert.is(device.pipeline(k), device.pipeline(k, { N: 3, ON: true }));
  assert.equal(await run(k, { N: 7 }), [7, 2]);
  assert.is(device.counters.pipelines, pipelines);
  is(await caught(() => device.pipeline(k, { M: 1 })), InputError, "test/k", '"M"', "N, ON");
  is(await caught(() => device.pipeline(k, {}, { WIDTH: "1u" })), InputError, "test/k", '"WIDTH"');
});

test("a shader error names file, line, column, the line and the kernel", async () => {
  const error = await caught(() => device.pipeline(kernel("y[2] = nothing;", "test/broken")));
  is(error, GpuError, "shaders/test/broken.wgsl:12:10", "kernel test/broken", "  y[2] = nothing;", "unresolved");
  device.check(); // it was told once
  is(await caught(() => device.pipeline(kernel("y[2] = nothing;", "test/broken"))), GpuError, "test/broken.wgsl:12:10");
});

test("what the driver refuses is a GpuError at the next await, once", async () => {
  device.handle.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  is(await caught(() => device.idle()), GpuError, "usage");
  await device.idle();
  const b = buffer(device, 16);
  is(await caught(() => device.read(b, 8, 64)), GpuError);
  is(await caught(() => device.write(b, 8, new Uint8Array(64))), GpuError);
  assert.is((await device.read(b, 0, 16)).byteLength, 16);
  device.destroyBuffer(b);
});

test("after dispose() every call throws DisposedError, and dispose() may be called again", async () => {
  const gone = await Device.open();
  const b = buffer(gone, 16);
  const reading = gone.read(b, 0, 16);
  const ending = gone.dispose();
  assert.is(gone.dispose(), ending);
  const settled = await reading.then(
    () => "read",
    (error: Error) => error.name,
  );
  assert.ok(settled === "read" || settled === "DisposedError", settled);
  await ending;
  assert.equal(gone.memory, { liveBytes: 0, liveBuffers: 0 });
  const k = kernel("");
  const calls = [
    () => gone.check(),
    () => buffer(gone, 16),
    () => gone.read(b, 0, 4),
    () => gone.write(b, 0, new Uint8Array(4)),
    () => gone.submit([]),
    () => gone.idle(),
    () => gone.pipeline(k),
    () => gone.bindGroupLayout(k),
    () => gone.bindGroup("g", device.bindGroupLayout(k), []),
  ];
  for (const call of calls) is(await caught(call), DisposedError, "The device");
  gone.destroyBuffer(b);
});

test("nothing but our own lines reaches standard output when the driver refuses", async () => {
  const { stdout, code } = await runChild("device", ["errors"]);
  assert.is(code, 0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string });
  assert.is(lines.length, 50);
  assert.ok(lines.every((line) => line.name === "GpuError"));
});

test("a device lost before a call is a DeviceLostError with its reason", async () => {
  const gone = await Device.open();
  const b = buffer(gone, 16);
  gone.handle.destroy();
  await caught(() => gone.idle());
  is(await caught(() => gone.submit([])), DeviceLostError, "destroyed");
  is(await caught(() => gone.read(b, 0, 4)), DeviceLostError);
  gone.destroyBuffer(b);
  await gone.dispose();
  is(await caught(() => gone.check()), DisposedError);
});

test.run();
