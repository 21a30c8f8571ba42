import type { Graph } from "../../graph/graph.js";
import type { Parameters } from "../../graph/parameters.js";
import type { Tensor } from "../../graph/tensor.js";
import { add } from "../../ops/add.js";
import { detach } from "../../ops/detach.js";
import { elements } from "../../ops/op.js";
import { quantizeDropout } from "../../ops/quantize-dropout.js";
import { rotateTo } from "../../ops/rotate-to.js";
import { Codebook, codebookTerms } from "./codebook.js";
import type { CodebookConfig } from "./config.js";
import type { Choice, Quantized, Quantizer } from "./quantizer.js";

/** Draws of quantize dropout come from the streams of dropout, far from those of dropout layers. */
const firstSite = 4096;

/** Codebooks in a row: the first quantizes the latents, each further one what those before it leave; their sum is the result
 * (Zeghidour et al. 2021, "SoundStream"). The gradient goes through the sum once. */
export class ResidualQuantizer implements Quantizer {
  readonly sets: readonly Codebook[];

  constructor(
    parameters: Parameters,
    readonly name: string,
    private readonly config: CodebookConfig & { readonly residual: NonNullable<CodebookConfig["residual"]> },
    private readonly site: number,
  ) {
    this.sets = Array.from(
      { length: config.residual.quantizers },
      (_, i) => new Codebook(parameters, `${name}.${i}`, config, 32 * site + i),
    );
  }

  quantize(graph: Graph, z: Tensor): Quantized {
    const { name, config, sets } = this;
    const join = (a: Tensor | undefined, b: Tensor, what: string): Tensor =>
      a ? (graph.apply(add, { a, b }, {}, `${name}.${what}`).y as Tensor) : b;
    const constant = (x: Tensor, factor = 1): Tensor =>
      graph.apply(detach, { x }, { factor }, `${name}.constant`).y as Tensor;
    let rest = z;
    let sum: Tensor | undefined;
    let commits: Tensor | undefined;
    let codebooks: Tensor | undefined;
    const choices: Choice[] = [];
    sets.forEach((set, level) => {
      const { choice, q, commit, codebook } = set.nearest(graph, rest);
      choices.push(choice);
      sum = join(sum, constant(this.kept(graph, q, level)), "sum");
      commits = join(commits, this.kept(graph, commit, level), "commits");
      codebooks = join(codebooks, codebook, "codebooks");
      if (level < sets.length - 1) rest = join(rest, constant(q, -1), "rest");
    });
    const total = sum as unknown as Tensor;
    const size = elements(z.shape.slice(1));
    return {
      quantized: this.through(graph, z, total, constant, join),
      choices,
      terms: codebookTerms(graph, config, name, size, commits as unknown as Tensor, codebooks as unknown as Tensor),
    };
  }

  indicesToCodes(graph: Graph, indices: readonly Tensor[]): Tensor {
    const parts = this.sets.map((set, i) => set.indicesToCodes(graph, [indices[i] as Tensor]));
    return parts.reduce((a, b) => graph.apply(add, { a, b }, {}, `${this.name}.sum`).y as Tensor);
  }

  /** The sum as a function of z: straight through, or turned. */
  private through(
    graph: Graph,
    z: Tensor,
    total: Tensor,
    constant: (x: Tensor, factor?: number) => Tensor,
    join: (a: Tensor, b: Tensor, what: string) => Tensor,
  ): Tensor {
    if (!graph.training) return total;
    if (this.config.rotationTrick)
      return graph.apply(rotateTo, { x: z, q: total }, {}, `${this.name}.rotate`).y as Tensor;
    return join(z, join(total, constant(z, -1), "step"), "through");
  }

  private kept(graph: Graph, x: Tensor, level: number): Tensor {
    const { quantizers, dropout = 0 } = this.config.residual;
    if (!graph.training || dropout === 0) return x;
    const attrs = { quantizers, level, p: dropout, site: firstSite + this.site };
    return graph.apply(quantizeDropout, { x }, attrs, `${this.name}.dropout`).y as Tensor;
  }
}
