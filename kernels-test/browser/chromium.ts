import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { findCarried, type Member, unpackCarried } from "../../src/gpu/platform/carried.js";

interface Found {
  readonly executablePath: string;
  /** Where its libraries and fonts lie, beside the system's. */
  readonly env: Readonly<Record<string, string>>;
}

const libraries = [
  "libexpat.so.1",
  "libfreebl3.so",
  "libfreeblpriv3.so",
  "libnspr4.so",
  "libnss3.so",
  "libnssutil3.so",
  "libplc4.so",
  "libplds4.so",
  "libsoftokn3.so",
];
const drivers = ["libEGL.so", "libGLESv2.so", "libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];

const members: readonly Member[] = [
  { archive: "chromium.br", name: "chromium", program: true },
  ...drivers.map((name) => ({ archive: "swiftshader.tar.br", path: name, name })),
  ...libraries.map((name) => ({ archive: "al2023.tar.br", path: `lib/${name}`, name })),
  ...["Regular", "Bold"].map((style) => ({
    archive: "fonts.tar.br",
    path: `fonts/Open_Sans/OpenSans-${style}.ttf`,
    name: `OpenSans-${style}.ttf`,
  })),
];

/** npm's Chromium, with the very SwiftShader that Node takes. */
function carried(): Found {
  const folder = unpackCarried(findCarried(), "chromium", members, 256 * 2 ** 20);
  const fonts = join(folder, "fonts.conf");
  const dirs = [folder, "/usr/share/fonts"].map((dir) => `<dir>${dir}</dir>`).join("");
  writeFileSync(fonts, `<?xml version="1.0"?><fontconfig>${dirs}<cachedir>${folder}/cache</cachedir></fontconfig>\n`);
  return { executablePath: join(folder, "chromium"), env: { LD_LIBRARY_PATH: folder, FONTCONFIG_FILE: fonts } };
}

/** The Chromium that LATENTGPU_CHROMIUM names, else npm's, else the system's. */
function find(): Found {
  const named = process.env.LATENTGPU_CHROMIUM;
  if (named) return { executablePath: named, env: {} };
  try {
    return carried();
  } catch (error) {
    const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
    if (installed) return { executablePath: installed, env: {} };
    throw new Error(
      `No Chromium was found: npm's (${(error as Error).message}), /usr/bin/chromium. Run npm ci, install Debian's chromium, or set LATENTGPU_CHROMIUM.`,
    );
  }
}

/** WebGPU and what puts its pictures on the page, all by SwiftShader. */
const flags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--ignore-gpu-blocklist",
];

/** Starts a headless Chromium. It ends with `close()`, and with this process however that ends: its pipe breaks.
 * @param without flags to leave out, e.g. for a browser without WebGPU */
export function launch(more: readonly string[] = [], without: readonly string[] = []): Promise<Browser> {
  const { executablePath, env } = find();
  const args = [...flags.filter((flag) => !without.includes(flag)), ...more];
  return chromium.launch({ executablePath, args, env: { ...process.env, ...env } });
}
