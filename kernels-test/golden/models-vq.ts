import type { GoldenCase } from "./contract.js";
import { runnerOf } from "./model-run.js";

/** [N, C, H, W] to [N, H, W, C]. */
function channelsLast(item: GoldenCase): Float32Array {
  const { shape, data } = item.input("x");
  const [, C, H, W] = shape as [number, number, number, number];
  const pixels = H * W;
  return Float32Array.from({ length: data.length }, (_, i) => {
    const n = Math.floor(i / (pixels * C));
    return data[(n * C + (i % C)) * pixels + (Math.floor(i / C) % pixels)] as number;
  });
}

/** VQ-VAE: mse_x + mse_e + 0.25 mse_z, means. */
export const vqVaeRunner = runnerOf({
  config: (item) => ({
    model: {
      kind: "vq-vae",
      inputShape: item.params.image as number[],
      channels: item.params.down as number[],
      residualBlocks: item.number("res"),
      residualChannels: item.number("mid"),
      quantizer: { kind: "codebook", numEmbeddings: item.number("codes"), embeddingDim: item.number("dim") },
      reconstructionLoss: "mse",
      outputs: "linear",
    },
    reduction: "elementMean",
  }),
  images: (item) => ({ shape: item.params.image as [number, number, number], values: channelsLast(item) }),
  name: (golden) =>
    golden
      .replace(/^enc\./, "encoder.")
      .replace(/^dec\./, "decoder.")
      .replace(/\.a\./, ".conv1.")
      .replace(/\.b\./, ".conv2.")
      .replace("vq.e", "quantizer.embedding.weight"),
});
