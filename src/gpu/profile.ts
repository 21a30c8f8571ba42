import { InputError } from "../errors.js";
import type { AdapterReport } from "./adapter.js";
import { setting, timeBudgetMs } from "./platform/node.js";

export type AdapterClass = "nvidia" | "amd" | "apple" | "intel" | "unknown" | "lavapipe" | "swiftshader" | "null";
export type KernelFamily = "tiled" | "sgb" | "plain";

/** What the choice among an op's kernels depends on: one line of numbers an adapter, nothing of the model. */
export interface Profile {
  readonly class: AdapterClass;
  /** The driver computes on the CPU. */
  readonly software: boolean;
  /** Lanes of a subgroup; 0 where the adapter may choose or has no subgroups. */
  readonly subgroupSize: number;
  /** Which family of matmul and convolution kernels: workgroup memory, subgroup broadcast, plain loops. */
  readonly matmul: KernelFamily;
  /** Its threads have registers for 64 sums: larger tiles for large products. */
  readonly wideTiles: boolean;
  /** What the workgroup tiles of linear's and conv2d's forward hold. f16 only where it is asked for: 1e-3 instead of 1e-6. */
  readonly storage: "f32" | "f16";
  /** Whether the adapter has f16 to ask for. */
  readonly hasF16: boolean;
  /** Workgroups that fill the adapter: a smaller grid splits its reduction. */
  readonly workgroupTarget: number;
  /** How long one submit should take at most, in ms. */
  readonly timeBudgetMs: number;
}

const workgroupTargets: Record<AdapterClass, number> = {
  nvidia: 256,
  amd: 128,
  apple: 64,
  intel: 64,
  unknown: 128,
  null: 128,
  lavapipe: 8,
  swiftshader: 8,
};

function classOf(adapter: AdapterReport): AdapterClass {
  if (adapter.origin === "null") return "null";
  const text = `${adapter.name} ${adapter.architecture} ${adapter.device} ${adapter.description}`.toLowerCase();
  if (/llvmpipe|lavapipe/.test(text)) return "lavapipe";
  if (text.includes("swiftshader")) return "swiftshader";
  const vendor = `${adapter.vendor} ${text}`.toLowerCase();
  return (["nvidia", "amd", "apple", "intel"] as const).find((name) => vendor.includes(name)) ?? "unknown";
}

/** The profile of an opened adapter. LATENTGPU_KERNELS=plain|tiled|sgb overrides the family, for tests;
 * LATENTGPU_KERNELS=f16 is tiled with f16 storage.
 * @throws InputError where the family asked for cannot run there. */
export function profileOf(adapter: AdapterReport, features: ReadonlySet<string>): Profile {
  const kind = classOf(adapter);
  const { software, subgroupMinSize, subgroupMaxSize } = adapter;
  const fixed = features.has("subgroups") && subgroupMinSize === subgroupMaxSize;
  const subgroupSize = fixed ? subgroupMinSize : 0;
  // The broadcast kernels write their lanes out, for 4 or 8 of them.
  const broadcast = subgroupSize === 4 || subgroupSize === 8;
  const asked = setting("LATENTGPU_KERNELS");
  const hasF16 = features.has("shader-f16");
  const family = asked === "f16" ? "tiled" : asked;
  if (family !== undefined && family !== "plain" && family !== "tiled" && family !== "sgb") {
    throw new InputError(`LATENTGPU_KERNELS is "${family}". Set it to plain, tiled, sgb or f16, or leave it out.`);
  }
  if (asked === "f16" && !hasF16)
    throw new InputError(`LATENTGPU_KERNELS=f16 needs shader-f16, which ${adapter.name} does not have. Use tiled.`);
  if (family === "sgb" && !broadcast) {
    throw new InputError(
      `LATENTGPU_KERNELS=sgb needs subgroups of exactly 4 or 8 lanes, and ${adapter.name} has none such. Use plain or tiled.`,
    );
  }
  return {
    class: kind,
    software,
    subgroupSize,
    matmul: family ?? (software ? (broadcast ? "sgb" : "plain") : "tiled"),
    wideTiles: kind === "nvidia" || kind === "amd",
    storage: asked === "f16" ? "f16" : "f32",
    hasF16,
    workgroupTarget: workgroupTargets[kind],
    timeBudgetMs,
  };
}
