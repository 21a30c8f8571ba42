// The entry `latentgpu/verify` in Node: all that a page has, and golden tensors from a folder.
export { folderSource } from "./golden/folder.js";
export * from "./verify-page.js";
