import type { Graph } from "../../graph/graph.js";
import type { Init, Parameters } from "../../graph/parameters.js";
import type { Tensor } from "../../graph/tensor.js";
import { codeEma } from "../../ops/code-ema.js";
import { codeReset } from "../../ops/code-reset.js";
import { codeUsage } from "../../ops/code-usage.js";
import { embedding } from "../../ops/embedding.js";
import { normalize } from "../../ops/normalize.js";
import { elements } from "../../ops/op.js";
import { reduce } from "../../ops/reduce.js";
import { rotateTo } from "../../ops/rotate-to.js";
import { vectorQuantize } from "../../ops/vector-quantize.js";
import { type CodebookConfig, codeDim } from "./config.js";
import {
  type Choice,
  type CodeSet,
  count,
  type Quantized,
  type Quantizer,
  type QuantizerTerm,
  usageOf,
} from "./quantizer.js";

/** Weight of a loss where a config leaves it out. */
const defaults = { commitmentCost: 0.25, codebookCost: 1, decay: 0.99 };

/** What a codebook makes of vectors [B, H, W, D]. */
export interface Nearest {
  readonly choice: Choice;
  /** The codes, as long as x is wide. */
  readonly q: Tensor;
  /** |x - q|^2 with a gradient to x, and with one to the codes, [B, H, W]. */
  readonly commit: Tensor;
  readonly codebook: Tensor;
}

/** A learnt codebook (van den Oord et al. 2017, "Neural discrete representation learning"). In PyTorch's names `embedding.weight` [K, D];
 * of an EMA codebook a buffer, beside `cluster_size` [K] and `embed_avg` [K, D]. */
export class Codebook implements Quantizer, CodeSet {
  readonly numEmbeddings: number;
  readonly kmeans: boolean;
  readonly codes: Tensor;
  readonly usage: Tensor;
  /** Running number and sum of the vectors of each code. */
  private readonly n: Tensor | undefined;
  private readonly m: Tensor | undefined;

  /** @param site which codebook of the model it is: draws differ */
  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly config: CodebookConfig,
    private readonly site: number,
  ) {
    const { numEmbeddings: K, cosine = false, useEma = false } = config;
    const [init, zeros]: Init[] = [
      { kind: "uniform", bound: config.initBound ?? (cosine ? 1 : 1 / K) },
      { kind: "zeros" },
    ];
    const shape = [K, codeDim(config)];
    const table = `${name}.embedding.weight`;
    this.numEmbeddings = K;
    this.kmeans = config.kmeansInit ?? false;
    this.codes = useEma ? parameters.addStatistic(table, shape, init) : parameters.addTable(table, shape, init);
    if (useEma || config.deadCodeThreshold !== undefined)
      this.n = parameters.addStatistic(`${name}.cluster_size`, [K], zeros, useEma);
    if (useEma) this.m = parameters.addStatistic(`${name}.embed_avg`, shape, zeros);
    this.usage = usageOf(parameters, name, K);
  }

  get sets(): readonly CodeSet[] {
    return [this];
  }

  /** The nearest code of each vector; with cosine both of length 1. */
  nearest(graph: Graph, x: Tensor): Nearest {
    const { name } = this;
    const seen = this.config.cosine ? (graph.apply(normalize, { x }, {}, `${name}.unit`).y as Tensor) : x;
    const { q, indices, commit, codebook } = graph.apply(
      vectorQuantize,
      { x: seen, codes: this.table(graph) },
      {},
      name,
    );
    return { choice: { set: this, seen, indices, ...this.learn(graph, seen, indices) }, q, commit, codebook };
  }

  quantize(graph: Graph, z: Tensor): Quantized {
    const { choice, q, commit, codebook } = this.nearest(graph, z);
    const turned = this.config.rotationTrick && graph.training;
    return {
      quantized: turned ? (graph.apply(rotateTo, { x: choice.seen, q }, {}, `${this.name}.rotate`).y as Tensor) : q,
      choices: [choice],
      terms: codebookTerms(graph, this.config, this.name, elements(q.shape.slice(1)), commit, codebook),
    };
  }

  indicesToCodes(graph: Graph, [indices]: readonly Tensor[]): Tensor {
    return graph.apply(embedding, { w: this.table(graph), indices: indices as Tensor }, {}, this.name).y as Tensor;
  }

  private table(graph: Graph): Tensor {
    return this.config.cosine
      ? (graph.apply(normalize, { x: this.codes }, {}, `${this.name}.codes`).y as Tensor)
      : this.codes;
  }

  private learn(graph: Graph, seen: Tensor, indices: Tensor): Pick<Choice, "perplexity"> {
    if (!graph.training) return {};
    const { counts, sums, perplexity } = count(graph, this, seen, indices);
    // The backward kernels still read the codes.
    graph.later(() => this.move(graph, seen, counts, sums));
    return { perplexity };
  }

  /** Moves the codes, beyond what their gradients do, by a batch. */
  private move(graph: Graph, seen: Tensor, counts: Tensor, sums: Tensor): void {
    const { decay = defaults.decay, deadCodeThreshold: threshold } = this.config;
    const [n, m, codes] = [this.n, this.m, this.codes];
    if (n && m) graph.apply(codeEma, { counts, sums, n, m, codes }, { decay }, `${this.name}.ema`);
    else if (n) graph.apply(codeUsage, { counts, usage: n }, { decay }, `${this.name}.recent`);
    if (!n || threshold === undefined) return;
    // Running means start at 0: so many steps later they tell what is dead.
    const every = Math.max(1, Math.round(1 / (1 - decay)));
    const attrs = { threshold, every, site: this.site, ema: m !== undefined };
    const none = m ?? graph.tensor(`${this.name}.none`, [1], "f32", "activation");
    graph.apply(codeReset, { x: seen, n, m: none, codes }, attrs, `${this.name}.reset`);
  }
}

/** The losses of codebooks, summed over an image: commit [B, H, W] and, where codes have a gradient, codebook [B, H, W]. */
export function codebookTerms(
  graph: Graph,
  config: CodebookConfig,
  name: string,
  size: number,
  commit: Tensor,
  codebook: Tensor,
): QuantizerTerm[] {
  const { commitmentCost = defaults.commitmentCost, codebookCost = defaults.codebookCost, useEma } = config;
  const term = (kind: "commit" | "codebook", x: Tensor, cost: number): QuantizerTerm => ({
    name: kind,
    tensor: graph.apply(reduce, { x }, { from: 1 }, `${name}.${kind}`).y as Tensor,
    cost,
    elements: size,
  });
  const pull = term("commit", commit, commitmentCost);
  return useEma ? [pull] : [pull, term("codebook", codebook, codebookCost)];
}
