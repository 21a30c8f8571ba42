import { type Acquired, type Origin, softwareNames } from "./platform/acquired.js";

/** What is known about the adapter in use. */
export interface AdapterReport {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly backend: string;
  /** The driver and its version, where the platform tells. */
  readonly driver?: string;
  /** The driver computes on the CPU. */
  readonly software: boolean;
  readonly origin: Origin;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
}

const wanted = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const;
const told = [
  ...wanted,
  "maxComputeWorkgroupsPerDimension",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
] as const;

/** The limits that a compute library meets; bytes, counts and alignments in bytes. */
export type Limits = Readonly<Record<(typeof told)[number], number>>;

export const optionalFeatures = ["subgroups", "timestamp-query", "shader-f16"] as const;

export function reportOf({ adapter, origin, backend, name }: Acquired): AdapterReport {
  const { vendor, architecture, device, description } = adapter.info;
  // Both fields are younger than some of the browsers.
  const info = adapter.info as { subgroupMinSize?: number; subgroupMaxSize?: number; isFallbackAdapter?: boolean };
  const text = `${name ?? ""} ${architecture} ${device} ${description}`;
  return {
    name: name ?? (description || device || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter"),
    vendor,
    architecture,
    device,
    description,
    backend: backend ?? (origin === "null" ? "null" : origin === "browser" ? "browser" : "unknown"),
    ...(origin !== "browser" && description ? { driver: description } : {}),
    software: info.isFallbackAdapter === true || softwareNames.test(text),
    origin,
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
  };
}

/** A device gets small defaults unless it asks: ask for all that the adapter has. */
export function descriptorFor(adapter: GPUAdapter, allowed: readonly string[]): GPUDeviceDescriptor {
  return {
    label: "latentgpu",
    requiredFeatures: optionalFeatures.filter((f) => adapter.features.has(f) && allowed.includes(f)),
    requiredLimits: Object.fromEntries(wanted.map((limit) => [limit, adapter.limits[limit]])),
  };
}

export const limitsOf = (device: GPUDevice): Limits =>
  Object.fromEntries(told.map((limit) => [limit, device.limits[limit]])) as Limits;
