// What wgsl.mjs makes of a shader.
declare module "*.wgsl" {
  const source: import("./gpu/kernel.js").KernelSource;
  export default source;
}

/** Every shader that is no library, by path. */
declare module "shaders:all" {
  const sources: readonly import("./gpu/kernel.js").KernelSource[];
  export default sources;
}
