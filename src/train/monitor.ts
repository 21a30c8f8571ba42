import { InputError } from "../errors.js";
import type { Device } from "../gpu/device.js";
import type { DispatchList } from "../gpu/dispatch-list.js";
import { Program } from "../gpu/program.js";
import { Graph } from "../graph/graph.js";
import type { Parameters } from "../graph/parameters.js";
import { Plan, type PlanTarget } from "../graph/plan.js";
import type { Tensor } from "../graph/tensor.js";
import { finite, NOTHING_FOUND } from "../ops/finite.js";
import { gradientNorm, latentHealth } from "../ops/health.js";
import { elements, type Op } from "../ops/op.js";

/** The first element that is a NaN or an infinity. A gradient is named `d` + its weight, a moment `moment1.` + its weight. */
export interface Finding {
  readonly tensor: string;
  readonly index: number;
}

/** What one look gives. */
export interface Look {
  readonly finding: Finding | undefined;
  /** L2 norm of all gradients of the last step together, as the optimizer was given them. */
  readonly gradientNorm: number;
  /** Of a VAE, over the last step's batch and by dimension: mean KL to N(0, 1) in nats, mean and variance of mu. */
  readonly latent?: {
    readonly kl: readonly number[];
    readonly mean: readonly number[];
    readonly variance: readonly number[];
  };
}

/** Looks through the memory of a training program: for what is not finite, one dispatch an arena or tensor, by bit pattern, the lowest
 * index of each; at the gradient's norm; at a VAE's latents. It shares the program's buffers and changes none, so it may run between any
 * two steps, and behind one in the same submission. */
export class Monitor {
  private readonly program: Program;
  private readonly locate: MonitorPlan["locate"];
  private readonly latentDim: number;

  /** @param of the training program
   * @param moments names of the moment arenas; weights and gradients are always looked through
   * @param tensors names of f32 tensors with a buffer of their own (inputs, kept outputs, the loss ring); told of first
   * @param stats name of a VAE's kept statistics [B, 2 latentDim]
   * @throws InputError for a name that the program does not have, or whose memory it reuses */
  constructor(
    device: Device,
    of: Program,
    parameters: Parameters,
    moments: readonly string[],
    tensors: readonly string[] = [],
    stats?: string,
  ) {
    const { plan, locate } = planMonitor(device, of.list, parameters, moments, tensors, stats);
    this.locate = locate;
    this.program = new Program(device, plan, [of]);
    this.latentDim = plan.places.get("monitor.latent")?.shape[1] ?? 0;
  }

  /** The program of one look, to run behind a step (`Program.run`); `read` then gives what it saw. */
  ready(): Program {
    this.program.write("monitor.found", new Uint32Array(this.locate.length).fill(NOTHING_FOUND));
    return this.program;
  }

  /** What the last look saw. */
  async read(): Promise<Look> {
    const finding = await this.found();
    const [gradientNorm] = (await this.program.read("monitor.norm")) as Float32Array;
    if (this.latentDim === 0) return { finding, gradientNorm };
    const rows = (await this.program.read("monitor.latent")) as Float32Array;
    const row = (k: number): number[] => [...rows.subarray(k * this.latentDim, (k + 1) * this.latentDim)];
    return { finding, gradientNorm, latent: { kl: row(0), mean: row(1), variance: row(2) } };
  }

  /** The last look's first element that is not finite. */
  async found(): Promise<Finding | undefined> {
    const found = await this.program.read("monitor.found");
    const slot = found.findIndex((index) => index !== NOTHING_FOUND);
    return this.locate[slot]?.(found[slot] as number);
  }

  /** Looks once for what is not finite, after all that was submitted before. */
  async check(): Promise<Finding | undefined> {
    this.ready().run([{}]);
    return this.found();
  }

  /** Frees what it made; the training program's buffers stay. */
  dispose(): void {
    this.program.dispose();
  }
}

export interface MonitorPlan {
  readonly plan: Plan;
  /** Names an element of each tensor that is looked through, in order. */
  readonly locate: readonly ((index: number) => Finding)[];
}

/** What a monitor runs beside a training plan: as the constructor of `Monitor`, with nothing made on the GPU. */
export function planMonitor(
  target: PlanTarget,
  of: DispatchList,
  parameters: Parameters,
  moments: readonly string[],
  tensors: readonly string[] = [],
  stats?: string,
): MonitorPlan {
  const arenas = ["weight", "gradient", ...moments];
  const watched = [
    ...tensors.map((name) => ownTensor(of, name)),
    ...arenas.map((arena) => arenaTensor(of, parameters, arena)),
  ];
  const graph = new Graph(parameters);
  const found = graph.tensor("monitor.found", [watched.length], "u32", "input");
  watched.forEach((x, slot) => {
    graph.apply(finite, { x, found }, { slot }, x.name);
  });
  const names = new Map([
    ["monitor.norm", lookAt(graph, gradientNorm, { dw: arenaTensor(of, parameters, "gradient") }, "norm")],
  ]);
  if (stats !== undefined)
    names.set("monitor.latent", lookAt(graph, latentHealth, { stats: ownTensor(of, stats) }, "y"));
  const locate = [
    ...tensors.map((tensor) => (index: number) => ({ tensor, index })),
    ...arenas.map((arena) => (index: number) => locateParameter(parameters, arena, index)),
  ];
  return { plan: new Plan(graph, target, names), locate };
}

const lookAt = (graph: Graph, op: Op, inputs: Readonly<Record<string, Tensor>>, output: string): Tensor =>
  graph.keep(graph.apply(op, inputs, {}, `monitor.${op.name}`)[output] as Tensor);

function arenaTensor(of: DispatchList, parameters: Parameters, arena: string): Tensor {
  if (!of.buffers.some(({ name }) => name === `${arena} arena`))
    throw new InputError(
      `The monitor cannot watch the arena "${arena}": the training program has none; leave it out or append the optimizer first.`,
    );
  const role = arena === "weight" || arena === "gradient" ? arena : "moment";
  return parameters.arena(arena, role);
}

function ownTensor(of: DispatchList, name: string): Tensor {
  const place = of.places.get(name);
  const buffer = place && of.buffers[place.buffer];
  const refuse = (why: string): never => {
    throw new InputError(`The monitor cannot watch "${name}": ${why}.`);
  };
  if (!place || !buffer) return refuse("the training program has no such tensor; check the name");
  if (!buffer.shareable || buffer.name.endsWith(" arena"))
    return refuse("its memory is not its own; keep the tensor (Graph.keep) or leave it to its arena");
  if (place.dtype !== "f32") return refuse(`it holds ${place.dtype} values, which are always finite; leave it out`);
  return { name: buffer.name, shape: place.shape, dtype: "f32", role: "input" };
}

/** The parameter that holds an arena's element; between parameters, the arena itself. */
function locateParameter(parameters: Parameters, arena: string, index: number): Finding {
  const prefix = arena === "weight" ? "" : arena === "gradient" ? "d" : `${arena}.`;
  for (const { tensor } of parameters.all) {
    const at = index - (tensor.offset ?? 0);
    if (at >= 0 && at < elements(tensor.shape)) return { tensor: `${prefix}${tensor.name}`, index: at };
  }
  return { tensor: `${arena} arena`, index };
}
