import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { serve } from "../../demos/serve.mjs";
import { launch } from "./chromium.js";

/** dist/, from where tests are bundled to: dist/test/browser. */
export const dist = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A page of ours in a browser of its own. */
export interface Opened {
  readonly page: Page;
  /** What the console or an uncaught exception said as an error, and requests to anywhere but our own server. */
  readonly complaints: readonly string[];
}

/** Opens pages below a folder of dist, each with its complaints gathered; ends the browser and the server whatever happens. */
export async function withPages<T>(
  folder: string,
  work: (
    open: (path: string, prepare?: (page: Page) => Promise<void>) => Promise<Opened>,
    browser: Browser,
  ) => Promise<T>,
  flags: { readonly more?: readonly string[]; readonly without?: readonly string[] } = {},
): Promise<T> {
  const server = await serve(join(dist, folder));
  try {
    const browser = await launch(flags.more, flags.without);
    try {
      const open = async (path: string, prepare?: (page: Page) => Promise<void>): Promise<Opened> => {
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => {
          if (message.type() === "error") complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(String(error)));
        page.on("request", (request) => {
          const url = request.url();
          if (!url.startsWith(server.origin) && !/^(blob|data):/.test(url)) complaints.push(`a request to ${url}`);
        });
        await prepare?.(page);
        await page.goto(`${server.origin}/${path}`);
        return { page, complaints };
      };
      return await work(open, browser);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

/** Asks the page again and again until it gives something. Playwright's own waiting needs eval, which the policy forbids. */
export async function until<T>(page: Page, ask: () => T | undefined | null | false, seconds: number): Promise<T> {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const found = await page.evaluate(ask);
    if (found) return found as T;
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`the page did not get there within ${seconds} s: ${ask}`);
}
