import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

/** Where the Vulkan loader looks for drivers ("Driver interface to the Vulkan loader", Khronos): the files that the environment
 * names, else the manifests in these folders. */
function hasManifest(): boolean {
  const { env } = process;
  const named = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES;
  if (named) return named.split(":").some((path) => existsSync(path));
  const home = env.HOME ?? "";
  const roots = [
    env.XDG_CONFIG_HOME || join(home, ".config"),
    ...(env.XDG_CONFIG_DIRS || "/etc/xdg").split(":"),
    "/etc",
    env.XDG_DATA_HOME || join(home, ".local/share"),
    ...(env.XDG_DATA_DIRS || "/usr/local/share:/usr/share").split(":"),
    ...(env.VK_ADD_DRIVER_FILES ? env.VK_ADD_DRIVER_FILES.split(":") : []),
  ];
  return roots.some((root) => {
    try {
      return root.endsWith(".json")
        ? existsSync(root)
        : readdirSync(join(root, "vulkan/icd.d")).some((file) => file.endsWith(".json"));
    } catch {
      return false;
    }
  });
}

/** Whether the system has a Vulkan loader and any driver for it. Asking Dawn instead makes it print warnings with C++ stack
 * traces on standard error, which nothing can stop. Other systems than Linux have no need of Vulkan. */
export function hasSystemVulkan(): boolean {
  if (process.platform !== "linux") return true;
  if (!hasManifest()) return false;
  try {
    // 0x1000 is NODELETE: a loader that is unloaded again takes the process along.
    process.dlopen({ exports: {} }, "libvulkan.so.1", constants.dlopen.RTLD_NOW | 0x1000);
    return true;
  } catch (error) {
    return /self-register/.test((error as Error).message);
  }
}
