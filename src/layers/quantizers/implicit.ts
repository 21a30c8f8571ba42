import type { Graph } from "../../graph/graph.js";
import type { Parameters } from "../../graph/parameters.js";
import type { Tensor } from "../../graph/tensor.js";
import { fsq, fsqCodes, fsqLevels } from "../../ops/fsq.js";
import { lfq, lfqCodes } from "../../ops/lfq.js";
import { elements } from "../../ops/op.js";
import { reduce } from "../../ops/reduce.js";
import { codeCount, codeDim, type FsqConfig, type LfqConfig } from "./config.js";
import {
  type Choice,
  type CodeSet,
  count,
  type Quantized,
  type Quantizer,
  type QuantizerTerm,
  usageOf,
} from "./quantizer.js";

/** Codes that are nowhere kept: they follow from their index. */
abstract class Implicit<Config extends FsqConfig | LfqConfig> implements Quantizer, CodeSet {
  readonly numEmbeddings: number;
  readonly usage: Tensor;
  readonly kmeans = false;

  constructor(
    parameters: Parameters,
    readonly name: string,
    protected readonly config: Config,
  ) {
    this.numEmbeddings = codeCount(config);
    this.usage = usageOf(parameters, name, this.numEmbeddings);
  }

  get sets(): readonly CodeSet[] {
    return [this];
  }

  abstract quantize(graph: Graph, z: Tensor): Quantized;
  abstract indicesToCodes(graph: Graph, indices: readonly Tensor[]): Tensor;

  protected choice(graph: Graph, seen: Tensor, indices: Tensor): Choice {
    const { perplexity } = graph.training ? count(graph, this, seen, indices) : {};
    return { set: this, seen, indices, ...(perplexity && { perplexity }) };
  }
}

/** Finite scalar quantization (Mentzer et al. 2024, "Finite scalar quantization: VQ-VAE made simple"): no loss, no codebook. */
export class FiniteScalar extends Implicit<FsqConfig> {
  quantize(graph: Graph, z: Tensor): Quantized {
    const { q, indices } = graph.apply(fsq, { z }, fsqLevels(this.config.levels), this.name);
    return { quantized: q, choices: [this.choice(graph, z, indices)], terms: [] };
  }

  indicesToCodes(graph: Graph, [indices]: readonly Tensor[]): Tensor {
    const attrs = fsqLevels(this.config.levels);
    return graph.apply(fsqCodes, { indices: indices as Tensor }, attrs, this.name).q as Tensor;
  }
}

/** Lookup-free quantization (Yu et al. 2024, "Language model beats diffusion: tokenizer is key to visual generation"). */
export class LookupFree extends Implicit<LfqConfig> {
  quantize(graph: Graph, z: Tensor): Quantized {
    const { commitmentCost = 0.02, entropyCost = 0.005, diversity = 2, temperature = 1 } = this.config;
    const { q, indices, commit, entropy } = graph.apply(lfq, { z }, { temperature, diversity }, this.name);
    const term = (name: "commit" | "entropy", x: Tensor, cost: number, size: number): QuantizerTerm => ({
      name,
      tensor: graph.apply(reduce, { x }, { from: 1 }, `${this.name}.${name}`).y as Tensor,
      cost,
      elements: size,
    });
    const positions = elements(indices.shape.slice(1));
    return {
      quantized: q,
      choices: [this.choice(graph, z, indices)],
      terms: [
        term("commit", commit, commitmentCost, positions * codeDim(this.config)),
        term("entropy", entropy, entropyCost, positions),
      ],
    };
  }

  indicesToCodes(graph: Graph, [indices]: readonly Tensor[]): Tensor {
    const attrs = { bits: codeDim(this.config) };
    return graph.apply(lfqCodes, { indices: indices as Tensor }, attrs, this.name).q as Tensor;
  }
}
