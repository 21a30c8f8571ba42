import { GpuError, InputError } from "../errors.js";
import type { Kernel } from "./kernel.js";

/** Bind group layouts and pipelines of one device, each made once. */
export class Pipelines {
  readonly stepLayout: GPUBindGroupLayout;
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  private readonly pipelineLayouts = new Map<string, GPUPipelineLayout>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly made = new Map<string, Map<string, GPUComputePipeline>>();

  /** @param check throws what the driver said about the kernel just made */
  constructor(
    private readonly handle: GPUDevice,
    private readonly check: (kernel: Kernel, code: string) => void,
  ) {
    this.stepLayout = handle.createBindGroupLayout({
      label: "step",
      entries: [
        { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform", hasDynamicOffset: true } },
      ],
    });
  }

  /** The layout of group 0: storage bindings in order, the sizes uniform last. */
  layout(kernel: Kernel): GPUBindGroupLayout {
    const key = layoutKey(kernel);
    let layout = this.layouts.get(key);
    if (!layout) {
      const entries = kernel.bindings.map(
        ({ index, access }): GPUBindGroupLayoutEntry => ({
          binding: index,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: access === "read" ? "read-only-storage" : "storage" },
        }),
      );
      if (kernel.sizesIndex !== undefined) {
        entries.push({
          binding: kernel.sizesIndex,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "uniform" },
        });
      }
      layout = this.handle.createBindGroupLayout({ label: kernel.name, entries });
      this.layouts.set(key, layout);
    }
    return layout;
  }

  get(
    kernel: Kernel,
    overrides: Readonly<Record<string, number | boolean>>,
    constants: Readonly<Record<string, string>>,
  ): { pipeline: GPUComputePipeline; fresh: boolean } {
    const values = overrideValues(kernel, overrides);
    const code = replaceConstants(kernel, constants);
    const key = JSON.stringify(values);
    let byOverrides = this.made.get(code);
    const known = byOverrides?.get(key);
    if (known) return { pipeline: known, fresh: false };
    const module = this.module(kernel, code);
    const pipeline = this.handle.createComputePipeline({
      label: kernel.name,
      layout: this.pipelineLayout(kernel),
      compute: { module, entryPoint: "main", constants: values },
    });
    this.check(kernel, code);
    byOverrides ??= new Map();
    this.made.set(code, byOverrides.set(key, pipeline));
    return { pipeline, fresh: true };
  }

  private module(kernel: Kernel, code: string): GPUShaderModule {
    let module = this.modules.get(code);
    if (!module) {
      module = this.handle.createShaderModule({ label: kernel.name, code });
      this.check(kernel, code);
      this.modules.set(code, module);
    }
    return module;
  }

  private pipelineLayout(kernel: Kernel): GPUPipelineLayout {
    const key = `${layoutKey(kernel)}${kernel.step ? "+step" : ""}`;
    let layout = this.pipelineLayouts.get(key);
    if (!layout) {
      const group = this.layout(kernel);
      layout = this.handle.createPipelineLayout({
        label: kernel.name,
        bindGroupLayouts: kernel.step ? [group, this.stepLayout] : [group],
      });
      this.pipelineLayouts.set(key, layout);
    }
    return layout;
  }
}

const layoutKey = (kernel: Kernel): string =>
  `${kernel.bindings.map((b) => (b.access === "read" ? "r" : "w")).join("")}${kernel.sizesIndex !== undefined ? "u" : ""}`;

/** Every override with its value, so that a default written out compiles nothing anew. */
function overrideValues(kernel: Kernel, given: Readonly<Record<string, number | boolean>>): Record<string, number> {
  const known = kernel.overrides.map((o) => o.name);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new InputError(
        `shaders/${kernel.name}.wgsl has no override "${name}"; it has ${known.join(", ") || "none"}.`,
      );
    }
  }
  return Object.fromEntries(kernel.overrides.map((o) => [o.name, Number(given[o.name] ?? o.initial)]));
}

/** WGSL forbids overrides in array lengths and types: there the right-hand side of a top-level const or alias is replaced. */
function replaceConstants(kernel: Kernel, constants: Readonly<Record<string, string>>): string {
  let code = kernel.code;
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^((?:const|alias)\\s+${name}\\b[^=\\n]*=\\s*)[^;\\n]+;`, "m");
    if (!line.test(code)) {
      throw new InputError(
        `shaders/${kernel.name}.wgsl has no top-level const or alias "${name}" on a line of its own.`,
      );
    }
    code = code.replace(line, (_, left: string) => `${left}${value};`);
  }
  return code;
}

/** The driver's words about a kernel, with file, line, column and the line itself where it tells a place. */
export function shaderError(kernel: Kernel, code: string, message: string): GpuError {
  const at = /:(\d+):(\d+)\s+error:\s*([^\n]*)/.exec(message);
  if (!at) return new GpuError(`shaders/${kernel.name}.wgsl (kernel ${kernel.name}): ${message}`);
  const [, line, column, what] = at;
  const source = (code.split("\n")[Number(line) - 1] ?? "").trimEnd();
  const pointer = `${" ".repeat(Math.max(0, Number(column) - 1))}^`;
  return new GpuError(
    `shaders/${kernel.name}.wgsl:${line}:${column}: ${what} (kernel ${kernel.name})\n  ${source}\n  ${pointer}`,
  );
}
