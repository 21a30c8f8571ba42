import { InputError } from "../../errors.js";
import type { Learner, Model } from "../../models/model.js";
import type { RunConfig } from "../config.js";
import type { Asked, Reply, Request } from "../messages.js";
import { untold } from "../messages.js";
import type { RunFiles } from "../run-files.js";
import type { Training, TrainOptions } from "../training.js";

interface Answer {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** What the run's end answers: its files where these were asked for, else nothing. */
  readonly atEnd: boolean;
}

/** The page's `train`: its worker does the work, and tells of it. */
export function train<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  options: TrainOptions<M> = {},
): Training {
  const worker = options.worker?.() ?? new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const ask = (request: Request, transfer: Transferable[] = []): void => worker.postMessage(request, transfer);
  const answers = new Map<number, Answer>();
  let ready = false;
  let over: RunFiles | Error | undefined;
  const hidden = (): void => ask({ kind: document.hidden ? "pause" : "resume" });
  const pauses = options.whenHidden === "pause" && typeof document !== "undefined";

  const done = new Promise<RunFiles>((resolve, reject) => {
    const end = (outcome: RunFiles | Error): void => {
      over = outcome;
      if (pauses) document.removeEventListener("visibilitychange", hidden);
      worker.terminate();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
      for (const answer of answers.values())
        if (outcome instanceof Error) answer.reject(outcome);
        else if (answer.atEnd) answer.resolve(outcome);
        else answer.reject(ended());
      answers.clear();
    };
    worker.addEventListener("message", ({ data: reply }: MessageEvent<Reply>) => {
      if (reply.kind === "ready") ready = true;
      else if (reply.kind === "done") end(reply.files);
      else if (reply.kind === "failed") end(untold(reply.error));
      else if (reply.kind === "answer") {
        const answer = answers.get(reply.id);
        answers.delete(reply.id);
        if (reply.error) answer?.reject(untold(reply.error));
        else answer?.resolve(reply.value);
      } else tell(options, reply);
    });
    worker.addEventListener("error", ({ message }) => {
      const why = ready
        ? `The training worker broke off: ${message || "it gave no reason"}. Start again.`
        : "The training worker could not be loaded: copy worker.js of the package beside your bundle, or hand over one of your own as `worker`.";
      end(new Error(why));
    });
    ask(beginning(config, options));
    if (!pauses) return;
    document.addEventListener("visibilitychange", hidden);
    if (document.hidden) hidden();
  });
  const answered = (id: number, request: Asked, transfer?: Transferable[]): Promise<unknown> =>
    over
      ? Promise.reject(over instanceof Error ? over : ended())
      : new Promise((resolve, reject) => {
          answers.set(id, { resolve, reject, atEnd: request.kind === "save" });
          ask(request, transfer);
        });
  return {
    done,
    stop: () => ask({ kind: "stop" }),
    pause: () => ask({ kind: "pause" }),
    resume: () => ask({ kind: "resume" }),
    save: () => {
      const id = nextId++;
      return over ? done : (answered(id, { kind: "save", id }) as Promise<RunFiles>);
    },
    ask: (verb, ...values) => {
      const id = nextId++;
      return answered(id, { kind: "ask", id, verb, values }) as never;
    },
    show: async (canvas, view, { fps = 4 } = {}) => {
      const id = nextId++;
      const handed = canvas instanceof OffscreenCanvas ? canvas : canvas.transferControlToOffscreen();
      await answered(id, { kind: "show", id, canvas: handed, view, fps }, [handed]);
      return {
        set: (next, labels) => ask({ kind: "set", id, values: next, labels }),
        hide: () => ask({ kind: "hide", id }),
      };
    },
  };
}

let nextId = 0;

const ended = (): InputError => new InputError("The training is over; start it anew from its files.");

function beginning<M extends Learner>(
  config: RunConfig<M["config"]>,
  { data, state, adapter, recover = true, snapshotEvery, onSave }: TrainOptions<M>,
): Request {
  return {
    kind: "begin",
    config: config as RunConfig,
    data: data as Extract<Request, { kind: "begin" }>["data"],
    state,
    adapter,
    recover,
    snapshotEvery,
    saves: onSave !== undefined,
  };
}

function tell<M extends Learner>(events: TrainOptions<M>, reply: Reply): void {
  if (reply.kind === "trainBegin") events.onTrainBegin?.(reply.beginning);
  else if (reply.kind === "steps") for (const losses of reply.steps) events.onStepEnd?.(losses);
  else if (reply.kind === "epoch") events.onEpochEnd?.(reply.losses);
  else if (reply.kind === "health") events.onHealth?.(reply.health);
  else if (reply.kind === "checkpoint") events.onSave?.(reply.files);
  else if (reply.kind === "log") events.onLog?.(reply.text);
}
