/** Where an adapter comes from. */
export type Origin = "hardware" | "system software driver" | "npm SwiftShader" | "null" | "browser";

/** What a platform hands over; `backend` and `name` where the platform tells them. */
export interface Acquired {
  readonly adapter: GPUAdapter;
  readonly origin: Origin;
  readonly backend?: string;
  readonly name?: string;
}

/** Drivers that compute on the CPU, by what they call themselves. */
export const softwareNames = /llvmpipe|lavapipe|swiftshader|warp|basic render/i;
