import { InputError } from "../errors.js";
import type { Parameter, Parameters, TorchPart } from "../graph/parameters.js";
import { elements } from "../ops/op.js";

/** A tensor as PyTorch keeps it. */
export interface TorchTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a model has learnt: its weight arena and its arena of statistics (empty where it has none). */
export interface Arenas {
  readonly weight: Float32Array;
  readonly statistics: Float32Array;
}

/** A PyTorch tensor in an arena. */
interface Twin {
  readonly name: string;
  readonly shape: readonly number[];
  /** Place in the arena of PyTorch's element `i`. */
  readonly place: (i: number) => number;
}

/** Element `i` of a flattened [C, H, W] picture in our [H, W, C]. */
const fromChw = (i: number, channels: number, length: number): number =>
  (i % (length / channels)) * channels + Math.floor(i / (length / channels));

/** Convolution weights [KH, KW, I/groups, O] here are [O, I/groups, KH, KW] there, those of a transposed convolution too: its
 * O are what PyTorch calls in_channels. */
function convTwin({ tensor }: Parameter, name: string): Twin {
  const [KH, KW, I, O] = tensor.shape as [number, number, number, number];
  const at = tensor.offset ?? 0;
  const place = (i: number): number => {
    const [kw, kh] = [i % KW, Math.floor(i / KW) % KH];
    const [c, o] = [Math.floor(i / (KW * KH)) % I, Math.floor(i / (KW * KH * I))];
    return at + ((kh * KW + kw) * I + c) * O + o;
  };
  return { name, shape: [O, I, KH, KW], place };
}

/** Weights [I, O] here are [O, I] there; a parameter that stands for several layers side by side is split into them. */
function denseTwin({ tensor, flattened }: Parameter, { name, from, to }: TorchPart): Twin {
  const at = tensor.offset ?? 0;
  const width = tensor.shape.at(-1) as number;
  const rows = tensor.shape.length === 1 ? 1 : (tensor.shape[0] as number);
  const { inputs, outputs, beside = 0 } = flattened ?? {};
  const place = (i: number): number => {
    const [row, column] = [i % rows, from + Math.floor(i / rows)];
    const own = rows - beside;
    const r = inputs === undefined || row >= own ? row : fromChw(row, inputs, own);
    return at + r * width + (outputs === undefined ? column : fromChw(column, outputs, width));
  };
  return { name, shape: tensor.shape.length === 1 ? [to - from] : [to - from, rows], place };
}

/** As it is here. */
const sameTwin = ({ tensor }: Pick<Parameter, "tensor">): Twin => ({
  name: tensor.name,
  shape: tensor.shape,
  place: (i) => (tensor.offset ?? 0) + i,
});

/** The one place where our layout meets PyTorch's: every tensor of the state dict, in order, but for the counters. */
function twins(parameters: Parameters): { readonly weight: Twin[]; readonly statistics: Twin[] } {
  const weight = parameters.all.flatMap((parameter) => {
    if (parameter.table) return [sameTwin(parameter)];
    return parameter.tensor.shape.length === 4
      ? [convTwin(parameter, parameter.torch[0]?.name as string)]
      : parameter.torch.map((part) => denseTwin(parameter, part));
  });
  return { weight, statistics: parameters.statistics.filter((s) => s.lasting).map(sameTwin) };
}

/** A state dict by PyTorch's names, in order: all but `parameters.counters`, which are the steps done. Statistics are left out
 * where none are given. */
export function toTorch(
  parameters: Parameters,
  weight: Float32Array,
  statistics: Float32Array = new Float32Array(0),
): Map<string, TorchTensor> {
  const known = twins(parameters);
  const out = new Map<string, TorchTensor>();
  const put = ({ name, shape, place }: Twin, arena: Float32Array): void => {
    out.set(name, { shape, data: Float32Array.from({ length: elements(shape) }, (_, i) => arena[place(i)] as number) });
  };
  for (const twin of known.weight) put(twin, weight);
  if (statistics.length > 0) for (const twin of known.statistics) put(twin, statistics);
  return out;
}

/** The way back: fills arenas from a state dict. Counters may be there or not.
 * @throws InputError that lists every missing, unexpected and misshapen tensor; nothing is partly loaded */
export function fromTorch(
  parameters: Parameters,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>,
  where: string,
): Arenas {
  const arenas: Arenas = {
    weight: new Float32Array(parameters.arenaLength),
    statistics: new Float32Array(parameters.statisticsLength),
  };
  const wanted = twins(parameters);
  const known = new Set(parameters.counters);
  const problems: string[] = [];
  for (const arena of ["weight", "statistics"] as const)
    for (const { name, shape, place } of wanted[arena]) {
      known.add(name);
      const found = tensors.get(name);
      if (!found) problems.push(`${name} [${shape}] is missing`);
      else if (found.shape.join() !== shape.join())
        problems.push(`${name} is [${found.shape}] and should be [${shape}]`);
      else for (let i = 0; i < found.data.length; i++) arenas[arena][place(i)] = found.data[i] as number;
    }
  for (const name of tensors.keys()) if (!known.has(name)) problems.push(`${name} is not part of the model`);
  if (problems.length > 0)
    throw new InputError(
      `${where} does not fit the model: ${problems.join("; ")}. Use the config it was trained with.`,
    );
  return arenas;
}
