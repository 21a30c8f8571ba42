import { InputError, NoAdapterError } from "../../errors.js";
import type { Acquired } from "./acquired.js";

/** How long one submit should take at most: the page draws with the same GPU. */
export const timeBudgetMs = 8;

/** A setting from outside; a page has none. */
export const setting = (_name: string): string | undefined => undefined;

/** The page's adapter: "default" or "software".
 * @throws NoAdapterError with the reason and the ways out. */
export async function acquire(request: string | undefined): Promise<Acquired> {
  const wanted = request ?? "default";
  if (wanted !== "default" && wanted !== "software") {
    throw new InputError(`A page cannot ask for the adapter "${wanted}". Use "default" or "software".`);
  }
  if (typeof navigator === "undefined" || !navigator.gpu) {
    throw new NoAdapterError(
      globalThis.isSecureContext
        ? "This browser has no WebGPU: Chrome and Edge from version 113, Firefox from 141 and Safari from 26 have it."
        : "WebGPU works on secure pages only. Open this page by https, or from localhost.",
    );
  }
  const adapter = await navigator.gpu.requestAdapter({
    powerPreference: "high-performance",
    forceFallbackAdapter: wanted === "software",
  });
  if (!adapter) {
    throw new NoAdapterError(
      "The browser has WebGPU but no GPU for it. Turn on hardware acceleration in its settings, or use another browser.",
    );
  }
  return { adapter, origin: "browser" };
}

/** A page's own event loop waits quietly. */
export const quietly = <T>(work: Promise<T>, _softwareDriver: boolean): Promise<T> => work;
