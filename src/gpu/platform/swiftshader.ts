import { constants } from "node:os";
import { join } from "node:path";
import { findCarried, unpackCarried } from "./carried.js";

const files = ["libvulkan.so.1", "libvk_swiftshader.so", "vk_swiftshader_icd.json"];
const unpackedLimit = 64 * 2 ** 20;
const keepLoaded = 0x1000; // RTLD_NODELETE: the loader must outlive the module object

/** Loads the Vulkan loader that lies in npm's @sparticuz/chromium, unpacked once into a private cache folder.
 * Returns the driver manifest for VK_DRIVER_FILES. @throws InputError where the package or the platform does not serve. */
export function loadSwiftShader(): string {
  const members = files.map((name) => ({ archive: "swiftshader.tar.br", path: name, name }));
  const folder = unpackCarried(findCarried(), "swiftshader", members, unpackedLimit);
  try {
    const { RTLD_NOW, RTLD_LOCAL } = constants.dlopen;
    process.dlopen({ exports: {} }, join(folder, "libvulkan.so.1"), RTLD_NOW | RTLD_LOCAL | keepLoaded);
  } catch (error) {
    // Node expects an addon; the library is loaded all the same.
    if (!String(error).includes("did not self-register")) throw error;
  }
  return join(folder, "vk_swiftshader_icd.json");
}
