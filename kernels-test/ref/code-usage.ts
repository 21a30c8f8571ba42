import { codeUsage, perplexity } from "../../src/ops/code-usage.js";
import { ulp } from "./accuracy.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

const draw = { counts: draws.integer(40), usage: draws.integer(1000) };

export const codeUsageProof: OpProof = {
  op: codeUsage,
  exact: false,
  references: {
    "code-usage/forward": ({ in: { counts, usage: before }, out: { usage }, sizes: { K, keep, weight } }) => {
      for (let k = 0; k < K; k++) usage.put(k, keep * before[k] + weight * counts[k], undefined, 2);
    },
  },
  cases: [
    { shapes: { counts: [1], usage: [1] }, draw },
    { shapes: { counts: [67], usage: [67] }, draw, attrs: { decay: 0 } },
    { shapes: { counts: [131], usage: [131] }, draw, attrs: { decay: 0.99 } },
  ],
};

export const perplexityProof: OpProof = {
  op: perplexity,
  exact: false,
  references: {
    "perplexity/forward": ({ in: { counts }, out: { y }, sizes: { K } }) => {
      let total = 0;
      for (const count of counts) total += count;
      let entropy = 0;
      let error = 0;
      for (const count of counts) {
        if (count === 0) continue;
        const p = count / total;
        entropy -= p * Math.log(p);
        error += p * (ulp.log(p) + (1 + Math.abs(Math.log(p))) * 2.5 * ulp.one);
      }
      const value = Math.exp(entropy);
      y.put(0, value, value * entropy, K, value * error + ulp.exp(entropy));
    },
  },
  cases: [
    { shapes: { counts: [1] }, draw: { counts: () => 7 } },
    { shapes: { counts: [5] }, draw: { counts: () => 0 } },
    { shapes: { counts: [67] }, draw: { counts: draws.integer(3) } },
    { shapes: { counts: [300] }, draw: { counts: draws.integer(1000) } },
    { shapes: { counts: [512] }, draw: { counts: (_, i) => (i === 500 ? 3000 : 0) } },
  ],
};
