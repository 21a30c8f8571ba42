// Programs that device.test.ts and life.test.ts start as processes of their own: node device.js WHAT
import { Device } from "../../src/gpu/device.js";
import { parseKernel } from "../../src/gpu/kernel.js";

const add = parseKernel({
  name: "test/add",
  code: `// grid: ceil(n/64)
struct Sizes { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sizes.n) { y[id.x] = y[id.x] + x[id.x]; }
}
`,
});

/** Opens a device, adds x to y `times` times and returns the last element of y. */
async function work(device: Device, times: number): Promise<number> {
  const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const x = device.createBuffer({ label: "x", size: 400, usage: storage });
  const y = device.createBuffer({ label: "y", size: 400, usage: storage });
  const sizes = device.createBuffer({
    label: "sizes",
    size: 16,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.write(x, 0, new Float32Array(100).fill(1));
  device.write(sizes, 0, new Uint32Array([100]));
  const group = device.bindGroup(
    "add",
    device.bindGroupLayout(add),
    [x, y, sizes].map((buffer, binding) => ({ binding, resource: { buffer } })),
  );
  const pipeline = device.pipeline(add);
  let last = 0;
  for (let i = 0; i < times; i++) {
    const encoder = device.handle.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(2);
    pass.end();
    device.submit([encoder.finish()]);
    globalThis.gc?.();
    last = new Float32Array(await device.read(y, 0, 400))[99] as number;
  }
  return last;
}

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const programs: Record<string, () => Promise<void>> = {
  /** R21: garbage collections between the steps of a device that nobody here refers to by name. */
  async collect() {
    say({ last: await work(await Device.open(), 200) });
  },
  /** Opens what LATENTGPU_ADAPTER says and reports the adapter, or the error and how long it took. */
  async open() {
    const started = performance.now();
    try {
      const device = await Device.open();
      say({ adapter: device.adapter, profile: device.profile, y: await work(device, 2) });
      await device.dispose();
    } catch (error) {
      say({ name: (error as Error).name, message: (error as Error).message, ms: performance.now() - started });
    }
  },
  /** Opens first what the process was given, then SwiftShader, then the first again: one process, two loaders. */
  async both() {
    const names: string[] = [];
    for (const adapter of [undefined, "swiftshader", undefined]) {
      const device = await Device.open(adapter ? { adapter } : {});
      names.push(device.profile.class);
      await work(device, 1);
      await device.dispose();
    }
    say([...names, process.env.VK_DRIVER_FILES]);
  },
  /** R28: driver errors of every kind; standard output must stay ours. */
  async errors() {
    const device = await Device.open();
    for (let i = 0; i < 50; i++) {
      device.handle.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
      try {
        await device.idle();
        say({ i, name: "none" });
      } catch (error) {
        say({ i, name: (error as Error).name });
      }
    }
    await device.dispose();
  },
  /** R18: start and finish in one process. */
  async cycles() {
    const rss: number[] = [];
    for (let i = 0; i < Number(process.argv[3]); i++) {
      const device = await Device.open();
      await work(device, 3);
      await device.dispose();
      await new Promise((next) => setTimeout(next, 5)); // finalizers run between jobs
      globalThis.gc?.();
      rss.push(process.memoryUsage.rss());
    }
    say(rss);
  },
  /** A device left open, work in flight: the process must end by itself. */
  async leave() {
    const device = await Device.open();
    say({ last: await work(device, 1) });
    void device.idle();
  },
  /** dispose() behind a shader that runs for very long returns by its limit. */
  async stuck() {
    const device = await Device.open();
    const slow = parseKernel({
      name: "test/slow",
      code: `// grid: 1
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main() {
  var v = y[0];
  for (var i = 0u; i < 4000000000u; i++) { v = v * 1664525u + 1013904223u + y[v & 1u]; }
  y[0] = v;
}
`,
    });
    const y = device.createBuffer({ label: "y", size: 8, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
    const group = device.bindGroup("slow", device.bindGroupLayout(slow), [{ binding: 0, resource: { buffer: y } }]);
    const encoder = device.handle.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(device.pipeline(slow));
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
    pass.end();
    device.submit([encoder.finish()]);
    const reading = device.read(y, 0, 4).then(
      () => "read",
      (error: Error) => error.name,
    );
    const started = performance.now();
    await device.dispose(300);
    const ms = performance.now() - started;
    const how = await reading;
    say({ ms, reading: how, settledMs: performance.now() - started });
    process.kill(process.pid, "SIGKILL"); // nothing else ends such a shader
  },
};

const program = programs[process.argv[2] ?? ""];
if (!program) throw new Error(`no such program: ${process.argv[2]}`);
await program();
