import type { Attrs, Op } from "../../src/ops/op.js";
import { avgPool2d, maxPool2d } from "../../src/ops/pool2d.js";
import { reduce } from "../../src/ops/reduce.js";
import { upsampleNearest } from "../../src/ops/upsample-nearest.js";
import type { Family, GoldenTensor, Params, Runner } from "./contract.js";
import { fromChannelsLast, permuted, toChannelsLast } from "./conv2d.js";
import { evaluate } from "./evaluate.js";

/** A setting for rows and columns: one number for both, or two. */
function both(value: unknown, ...names: readonly string[]): Attrs {
  const pair = Array.isArray(value) ? value : [value, value];
  return Object.fromEntries(names.map((name, i) => [name, Number(pair[i % 2])]));
}

function attrsOf({ kernel, stride, padding, dilation, ceil_mode, count_include_pad }: Params): Attrs {
  return {
    ...both(kernel, "kernelH", "kernelW"),
    ...both(stride, "strideH", "strideW"),
    ...both(padding, "padTop", "padLeft", "padBottom", "padRight"),
    ...(dilation === undefined ? {} : both(dilation, "dilationH", "dilationW")),
    ...(count_include_pad === undefined ? {} : { countPad: count_include_pad === true }),
    ceil: ceil_mode === true,
  };
}

const runner =
  (op: Op, attrs: Attrs): Runner =>
  async (device, item) => {
    const turned = (name: string): GoldenTensor => {
      const { data, shape } = item.input(name);
      return shape.length === 4 ? permuted(data, shape, toChannelsLast) : { data, shape };
    };
    const [x, dy] = [turned("x"), turned("dy")];
    const { indices, ...got } = await evaluate(device, {
      given: { x },
      build: (graph, inputs) => {
        const { x: _, ...outputs } = graph.apply(op, inputs, attrs);
        return outputs;
      },
      upstream: { y: dy },
      wants: ["x"],
    });
    const back = (values: ArrayLike<number>, { shape }: GoldenTensor): ArrayLike<number> =>
      shape.length === 4 ? permuted(values, shape, fromChannelsLast).data : values;
    return { y: back(got.y, dy), dx: back(got.dx, x), ...(indices ? { idx: back(indices, dy) } : {}) };
  };

export const poolingFamily: Family = {
  name: "pooling",
  runner: (op, params) => {
    if (op === "max_pool2d") return runner(maxPool2d, attrsOf(params));
    if (op === "avg_pool2d") return runner(avgPool2d, attrsOf(params));
    if (op === "global_avg_pool2d") return runner(reduce, { from: 1, to: 3, mean: true });
    if (op === "upsample_nearest") return runner(upsampleNearest, both(params.scale, "scaleH", "scaleW"));
    return undefined;
  },
};
