import { convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { conv2d } from "../../src/ops/conv2d.js";
import type { Op } from "../../src/ops/op.js";
import type { Family, GoldenCase, GoldenTensor, Got, Runner } from "./contract.js";
import { evaluate } from "./evaluate.js";

/** The same values with the axes in another order: result axis i is axis `order[i]`. */
export function permuted(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): GoldenTensor {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
  const to = order.map((axis) => shape[axis]);
  const data = new Float32Array(values.length);
  const at = to.map(() => 0);
  for (let n = 0; n < data.length; n++) {
    data[n] = values[order.reduce((sum, axis, i) => sum + at[i] * strides[axis], 0)];
    for (let i = to.length - 1; i >= 0 && ++at[i] === to[i]; i--) at[i] = 0;
  }
  return { shape: to, data };
}

// PyTorch keeps pictures [B,C,H,W] and weights [O,I,KH,KW], we [B,H,W,C] and [KH,KW,I,O].
export const [toChannelsLast, fromChannelsLast] = [[0, 2, 3, 1] as const, [0, 3, 1, 2] as const];
export const [toKernelFirst, fromKernelFirst] = [[2, 3, 1, 0] as const, [3, 2, 0, 1] as const];

function pair(item: GoldenCase, param: string, names: readonly string[]): Record<string, number> {
  const values = item.params[param] as readonly number[] | undefined;
  return Object.fromEntries(names.map((name, i) => [name, values?.[i % 2] ?? 0]));
}

const runner =
  (op: Op): Runner =>
  async (device, item) => {
    const attrs = {
      ...pair(item, "stride", ["strideH", "strideW"]),
      ...pair(item, "dilation", ["dilationH", "dilationW"]),
      ...pair(item, "padding", ["padTop", "padLeft", "padBottom", "padRight"]),
      ...pair(item, "output_padding", ["outputPadH", "outputPadW"]),
      groups: item.number("groups"),
    };
    const turned = (name: string, order: readonly number[]): GoldenTensor => {
      const { data, shape } = item.input(name);
      return permuted(data, shape, order);
    };
    const given: Record<string, GoldenTensor> = {
      x: turned("x", toChannelsLast),
      w: turned("w", toKernelFirst),
      ...(item.has("b") ? { bias: item.input("b") } : {}),
    };
    const dy = turned("dy", toChannelsLast);
    const got = await evaluate(device, {
      given,
      build: (graph, inputs) => ({ y: graph.apply(op, inputs, attrs).y }),
      upstream: { y: dy },
      wants: Object.keys(given),
    });
    const back = (name: string, like: GoldenTensor, order: readonly number[]): ArrayLike<number> =>
      permuted(got[name], like.shape, order).data;
    return {
      y: back("y", dy, fromChannelsLast),
      dx: back("dx", given.x, fromChannelsLast),
      dw: back("dw", given.w, fromKernelFirst),
      ...(got.dbias ? { db: got.dbias } : {}),
    } satisfies Got;
  };

export const conv2dFamily: Family = {
  name: "conv2d",
  runner: (op) => (op === "conv2d" ? runner(conv2d) : undefined),
};

export const convTranspose2dFamily: Family = {
  name: "conv_transpose2d",
  runner: (op) => (op === "conv_transpose2d" ? runner(convTranspose2d) : undefined),
};
