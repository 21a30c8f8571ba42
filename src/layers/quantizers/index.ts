import type { Graph } from "../../graph/graph.js";
import type { Parameters } from "../../graph/parameters.js";
import type { Tensor } from "../../graph/tensor.js";
import { Dense } from "../dense.js";
import { Codebook } from "./codebook.js";
import { codeDim, type QuantizerConfig } from "./config.js";
import { FiniteScalar, LookupFree } from "./implicit.js";
import type { Quantized, Quantizer } from "./quantizer.js";
import { ResidualQuantizer } from "./residual.js";

/** A quantizer between two linear layers, where codes have fewer channels than latents (Yu et al. 2022, "Vector-quantized image
 * modeling with improved VQGAN"). In PyTorch's names `project_in` and `project_out`. */
class Projected implements Quantizer {
  private readonly down: Dense;
  private readonly up: Dense;

  constructor(
    parameters: Parameters,
    name: string,
    { embeddingDim, ...config }: QuantizerConfig,
    private readonly inner: Quantizer,
  ) {
    const width = codeDim({ embeddingDim, ...config } as QuantizerConfig);
    this.down = new Dense(parameters, `${name}.project_in`, embeddingDim, width);
    this.up = new Dense(parameters, `${name}.project_out`, width, embeddingDim);
  }

  get sets(): Quantizer["sets"] {
    return this.inner.sets;
  }

  quantize(graph: Graph, z: Tensor): Quantized {
    const found = this.inner.quantize(graph, this.down.apply(graph, z));
    return { ...found, quantized: this.up.apply(graph, found.quantized) };
  }

  indicesToCodes(graph: Graph, indices: readonly Tensor[]): Tensor {
    return this.up.apply(graph, this.inner.indicesToCodes(graph, indices));
  }
}

/** Builds the quantizer that a (checked) config describes.
 * @param site which quantizer of the model it is: draws differ */
export function createQuantizer(parameters: Parameters, name: string, config: QuantizerConfig, site = 0): Quantizer {
  const inner = bare(parameters, name, config, site);
  return codeDim(config) === config.embeddingDim ? inner : new Projected(parameters, name, config, inner);
}

function bare(parameters: Parameters, name: string, config: QuantizerConfig, site: number): Quantizer {
  if (config.kind === "fsq") return new FiniteScalar(parameters, name, config);
  if (config.kind === "lfq") return new LookupFree(parameters, name, config);
  const { residual } = config;
  return residual
    ? new ResidualQuantizer(parameters, name, { ...config, residual }, site)
    : new Codebook(parameters, name, config, 32 * site);
}
