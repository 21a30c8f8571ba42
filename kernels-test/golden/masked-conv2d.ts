import type { MaskKind } from "../../src/layers/masked-conv2d.js";
import { maskedConv2d, maskKinds } from "../../src/layers/masked-conv2d.js";
import type { Family, Runner } from "./contract.js";
import { fromChannelsLast, fromKernelFirst, permuted, toChannelsLast, toKernelFirst } from "./conv2d.js";
import { evaluate } from "./evaluate.js";

const runner =
  (mask: MaskKind): Runner =>
  async (device, item) => {
    item.input("mask"); // ours is the kind's, not the file's
    const turned = (name: string, order: readonly number[]) => {
      const { data, shape } = item.input(name);
      return permuted(data, shape, order);
    };
    const [x, w, dy] = [turned("x", toChannelsLast), turned("w", toKernelFirst), turned("dy", toChannelsLast)];
    const { groups } = item.params as { readonly groups: number };
    const got = await evaluate(device, {
      given: { x, w, bias: item.input("b") },
      build: (graph, inputs) => ({
        y: maskedConv2d(
          graph,
          { x: inputs.x, w: inputs.w, bias: inputs.bias },
          { mask, groups, dilation: item.params.dilation as [number, number] },
        ),
      }),
      upstream: { y: dy },
      wants: ["x", "w", "bias"],
    });
    return {
      y: permuted(got.y, dy.shape, fromChannelsLast).data,
      dx: permuted(got.dx, x.shape, fromChannelsLast).data,
      dw: permuted(got.dw, w.shape, fromKernelFirst).data,
      db: got.dbias,
    };
  };

export const maskedConv2dFamily: Family = {
  name: "masked_conv2d",
  runner: (op, { type }) => {
    const mask = maskKinds.find((kind) => kind === type);
    return op === "masked_conv2d" && mask ? runner(mask) : undefined;
  },
};
