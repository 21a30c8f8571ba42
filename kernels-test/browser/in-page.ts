import type { Page } from "playwright-core";
import type * as Library from "../../src/index.js";
import type { RunConfig } from "../../src/train/config.js";
import { until } from "./page.js";

/** A page's global scope where the library is loaded. */
export interface Global {
  readonly latentgpu: typeof Library;
  /** Losses so far. */
  kept?: number[];
}

/** What a run left: its losses, its weights' hash, and the state to go on from, as base64. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly sha256: string;
  readonly state: string;
  readonly logs: readonly string[];
}

/** Trains in the page's worker. */
export const trainInPage = (page: Page, config: RunConfig, state?: string): Promise<Outcome> =>
  page.evaluate(
    async ([config, state]) => {
      const scope = globalThis as unknown as Global;
      const losses: number[] = [];
      const logs: string[] = [];
      scope.kept = losses;
      const fromBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const files = await scope.latentgpu.train(config as RunConfig, {
        ...(state !== undefined && { state: fromBase64(state) }),
        snapshotEvery: 10,
        onStepEnd: ({ loss }) => losses.push(loss),
        onLog: (text) => logs.push(text),
      }).done;
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", files["model.safetensors"] as BufferSource));
      let text = "";
      for (const byte of files["state.safetensors"]) text += String.fromCharCode(byte);
      return {
        losses,
        logs,
        sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
        state: btoa(text),
      };
    },
    [config, state] as const,
  );

/** Waits until the library is loaded. */
export const loaded = (page: Page): Promise<boolean> => until(page, () => "latentgpu" in globalThis, 30);
