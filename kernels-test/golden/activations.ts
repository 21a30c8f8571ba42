import { activation, activations } from "../../src/ops/activation.js";
import type { Attrs } from "../../src/ops/op.js";
import type { Family, Params } from "./contract.js";
import { evaluate } from "./evaluate.js";

function attrsOf(op: string, params: Params): Attrs | undefined {
  if (op === "gelu") return { kind: params.approximate === "tanh" ? activations["gelu-tanh"] : activations.gelu };
  // Ours is softplus of beta 1; the threshold only spares PyTorch an exp.
  if (op === "softplus" && params.beta !== 1) return undefined;
  const name = op.replace("_", "-");
  if (!Object.hasOwn(activations, name)) return undefined;
  const slope = params.slope ?? params.alpha;
  return {
    kind: activations[name as keyof typeof activations],
    ...(slope === undefined ? {} : { slope: Number(slope) }),
  };
}

export const activationsFamily: Family = {
  name: "activations",
  runner: (op, params) => {
    const attrs = attrsOf(op, params);
    return (
      attrs &&
      ((device, item) =>
        evaluate(device, {
          given: { x: item.input("x") },
          build: (graph, inputs) => ({ y: graph.apply(activation, inputs, attrs).y }),
          upstream: { y: item.input("dy") },
          wants: ["x"],
        }))
    );
  },
};
