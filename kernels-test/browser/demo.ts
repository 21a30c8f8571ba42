import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { dist, type Opened, withPages } from "./page.js";

const axe = readFileSync(createRequire(join(dist, "x.js")).resolve("axe-core/axe.min.js"), "utf8");

interface Global {
  readonly axe: {
    run(): Promise<{
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { html: string }[] }[];
    }>;
  };
  readonly longTasks: { readonly at: number; readonly ms: number }[];
}

/** Opens a demo, with axe and a list of long tasks in its page.
 * @param at what stands behind the page's address: `#linear`
 * @param without flags of the browser to leave out */
export function withDemo<T>(
  name: string,
  work: (opened: Opened, open: () => Promise<Opened>) => Promise<T>,
  { at = "", without = [] }: { readonly at?: string; readonly without?: readonly string[] } = {},
): Promise<T> {
  const inBrowser: Parameters<typeof withPages<T>>[1] = async (open) => {
    const one = (): Promise<Opened> =>
      open(`${name}/${at}`, async (page) => {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.addInitScript({ content: axe });
        await page.addInitScript(() => {
          const longTasks: { at: number; ms: number }[] = [];
          Object.assign(globalThis, { longTasks });
          new PerformanceObserver((list) => {
            for (const { startTime, duration } of list.getEntries()) longTasks.push({ at: startTime, ms: duration });
          }).observe({ type: "longtask", buffered: true });
        });
      });
    return work(await one(), one);
  };
  return withPages("demos", inBrowser, { without });
}

/** What axe objects to in light and in dark, a line each. */
export async function objections(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => (globalThis as unknown as Global).axe.run());
    found.push(
      ...violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`),
    );
  }
  return found;
}

/** Whether the page is wider than its window, and what sticks out. */
export const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > wide + 1)
      .map((element) => `${element.tagName} ${element.id || element.className}`);
  });

/** A number that changes when the picture of a canvas does, and how many colours it has. */
export const picture = (page: Page, id: string): Promise<{ readonly sum: number; readonly colours: number }> =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement;
    const { width, height } = canvas;
    const flat = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
    flat.drawImage(canvas, 0, 0);
    const words = new Uint32Array(flat.getImageData(0, 0, width, height).data.buffer);
    let sum = 0;
    for (const word of words) sum = (Math.imul(sum, 31) + word) >>> 0;
    return { sum, colours: new Set(words).size };
  }, id);

/** Keeps the page as a picture at the width of a desk and of a phone, where LATENTGPU_SHOTS names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.LATENTGPU_SHOTS;
  if (!folder) return;
  const looks = [
    [1280, "light"],
    [390, "light"],
    [1280, "dark"],
  ] as const;
  for (const [width, colorScheme] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Tasks of the main thread over a limit, from a time of the page's clock on. */
export const longTasks = (page: Page, since: number, limit: number): Promise<readonly { at: number; ms: number }[]> =>
  page.evaluate(
    ([since, limit]) =>
      (globalThis as unknown as Global).longTasks.filter(
        ({ at, ms }) => at >= (since as number) && ms > (limit as number),
      ),
    [since, limit],
  );

/** The pictures of some canvases once all of them differ from those `before`, or after 5 s as they are. */
export async function changed(page: Page, ids: readonly string[], before: readonly number[] = []): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const now = await Promise.all(ids.map(async (id) => (await picture(page, id)).sum));
    if (tries === 25 || now.every((sum, i) => sum !== before[i])) return now;
    await page.waitForTimeout(200);
  }
}
