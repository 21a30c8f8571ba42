import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../src/errors.js";
import { Device } from "../src/gpu/device.js";
import { caught, is } from "./caught.js";
import { runChild } from "./child.js";

const test = suite("adapter");

test("a name that no adapter has is an InputError that lists those found", async () => {
  const error = await caught(() => Device.open({ adapter: "voodoo" }));
  is(error, InputError, '"voodoo"', "LATENTGPU_ADAPTER");
  assert.is(error.name, "InputError");
});

test("adapters are chosen by word and by part of a name", async () => {
  for (const [adapter, kind] of [
    ["null", "null"],
    ["swiftshader", "swiftshader"],
  ] as const) {
    const chosen = await Device.open({ adapter });
    assert.is(chosen.profile.class, kind);
    await chosen.dispose();
  }
  const soft = await Device.open({ adapter: "software" });
  assert.ok(soft.adapter.software);
  const byName = soft.adapter.name.slice(0, 14).toUpperCase();
  if (soft.profile.class === "lavapipe") {
    const same = await Device.open({ adapter: byName });
    assert.is(same.adapter.name, soft.adapter.name);
    await same.dispose();
  }
  await soft.dispose();
});

test("LATENTGPU_KERNELS picks the family or says why not", async () => {
  const child = async (env: Record<string, string>): Promise<Record<string, never>> =>
    JSON.parse((await runChild("device", ["open"], env)).stdout);
  for (const family of ["plain", "tiled"]) {
    const { profile } = (await child({ LATENTGPU_KERNELS: family })) as { profile?: { matmul: string } };
    assert.is(profile?.matmul, family);
  }
  const half = (await child({ LATENTGPU_KERNELS: "f16", LATENTGPU_ADAPTER: "null" })) as {
    profile?: { matmul: string; storage: string };
  };
  assert.equal([half.profile?.matmul, half.profile?.storage], ["tiled", "f16"]);
  const without = (await child({ LATENTGPU_KERNELS: "f16", LATENTGPU_ADAPTER: "swiftshader" })) as { name?: string };
  assert.is(without.name, "InputError");
  const wrong = (await child({ LATENTGPU_KERNELS: "fast" })) as { name?: string; message?: string };
  assert.is(wrong.name, "InputError");
  const none = (await child({ LATENTGPU_KERNELS: "sgb", LATENTGPU_ADAPTER: "null" })) as { name?: string };
  assert.is(none.name, "InputError");
});

test("without a system driver npm's SwiftShader serves, from a private folder", async () => {
  const cache = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
  const env = { VK_DRIVER_FILES: "/nonexistent", LATENTGPU_ADAPTER: undefined, XDG_CACHE_HOME: cache };
  // Three at once on an empty folder: nobody may see a half-unpacked driver.
  const all = await Promise.all([1, 2, 3].map(() => runChild("device", ["open"], env)));
  for (const { stdout, stderr } of all) {
    const { adapter, y } = JSON.parse(stdout) as { adapter?: { origin: string }; y?: number };
    assert.is(adapter?.origin, "npm SwiftShader", stdout + stderr);
    assert.is(stderr, "", "Dawn was asked for what is not there, and told its stack trace");
    assert.is(y, 2);
  }
  assert.is(statSync(join(cache, "latentgpu")).mode & 0o777, 0o700);
  rmSync(cache, { recursive: true });
});

test("where no home takes files, the driver is unpacked into the temporary folder", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
  const nowhere = { XDG_CACHE_HOME: "/proc/nowhere", HOME: "/proc/nowhere", TMPDIR: temporary };
  const { stdout, ms } = await runChild("device", ["open"], { ...nowhere, LATENTGPU_ADAPTER: "swiftshader" });
  assert.is(JSON.parse(stdout).y, 2);
  assert.ok(ms < 10_000, `${ms} ms`);
  assert.is(readdirSync(temporary).length, 1);
  rmSync(temporary, { recursive: true });
});

test("two loaders serve in one process, in turn", async () => {
  const { stdout, code } = await runChild("device", ["both"], {
    VK_DRIVER_FILES: "/nonexistent",
    LATENTGPU_ADAPTER: undefined,
  });
  assert.is(code, 0);
  assert.equal(JSON.parse(stdout), ["swiftshader", "swiftshader", "swiftshader", "/nonexistent"]);
  const own = await runChild("device", ["both"]);
  assert.equal(JSON.parse(own.stdout)[1], "swiftshader");
  assert.is(own.code, 0);
});

test("no adapter at all: one message with what was tried and three ways out, within 2 s", async () => {
  const away = mkdtempSync(join(tmpdir(), "latentgpu-test-"));
  mkdirSync(join(away, "node_modules"));
  const modules = resolve(fileURLToPath(import.meta.url), "../../../node_modules");
  for (const name of ["webgpu"]) symlinkSync(join(modules, name), join(away, "node_modules", name));
  const file = join(away, "device.mjs");
  cpSync(fileURLToPath(new URL("./child/device.js", import.meta.url)), file);
  for (const adapter of [undefined, "software", "swiftshader"]) {
    const env = { VK_DRIVER_FILES: "/nonexistent", LATENTGPU_ADAPTER: adapter };
    const { stdout, ms } = await runChild(file, ["open"], env, away);
    const { name, message = "", ms: inside } = JSON.parse(stdout) as { name?: string; message?: string; ms?: number };
    assert.is(name, "NoAdapterError", stdout);
    for (const part of [
      "Tried",
      "mesa-vulkan-drivers",
      "LATENTGPU_ADAPTER=",
      "npm i -D @sparticuz/chromium@147.0.0",
      "is not installed",
    ]) {
      assert.ok(message.includes(part), `${part} is not in ${message}`);
    }
    assert.ok((inside ?? 1e9) < 2000, `${inside} of ${ms} ms`);
  }
  rmSync(away, { recursive: true });
});

test.run();
