import type { Program } from "../gpu/program.js";
import type { CodeSet } from "../layers/quantizers/quantizer.js";
import { type CodeUse, codeUse } from "../models/code-use.js";
import type { Coded } from "../models/model.js";

/** Follows over an epoch how a training program uses its model's codes. */
export class CodeWatch {
  private readonly sets: readonly CodeSet[];

  constructor(
    private readonly program: Program,
    { levels }: Coded,
  ) {
    this.sets = levels.flatMap(({ sets }) => sets);
  }

  /** Starts the counts anew, behind all that was submitted before. */
  restart(): void {
    for (const { usage, numEmbeddings } of this.sets) this.program.write(usage.name, new Float32Array(numEmbeddings));
  }

  /** The use since then, a set each. */
  async read(): Promise<CodeUse[]> {
    const out: CodeUse[] = [];
    for (const set of this.sets) {
      const codes = set.codes && ((await this.program.read(set.codes.name)) as Float32Array);
      out.push(codeUse(set, (await this.program.read(set.usage.name)) as Float32Array, codes));
    }
    return out;
  }
}
