import { philox as philoxOp } from "../../src/ops/philox.js";
import { philox } from "../../src/random/philox.js";
import type { OpProof } from "./contract.js";
import { draws } from "./contract.js";

const word = draws.integer(2 ** 32);

export const philoxProof: OpProof = {
  op: philoxOp,
  exact: false,
  references: {
    "random/philox": ({ in: { counter, key }, out: { words }, sizes: { N } }) => {
      for (let i = 0; i < N; i++) {
        const [a, b, c, d] = counter.subarray(4 * i, 4 * i + 4);
        for (const [k, w] of philox([a, b, c, d], key[2 * i], key[2 * i + 1]).entries()) words.put(4 * i + k, w);
      }
    },
  },
  cases: [1, 3, 63, 65, 257].map((N) => ({
    shapes: { counter: [N, 4], key: [N, 2] },
    draw: { counter: word, key: word },
  })),
};
