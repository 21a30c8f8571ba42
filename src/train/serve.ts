import { Device } from "../gpu/device.js";
import type { Learner } from "../models/model.js";
import { Answers } from "./answers.js";
import type { TaskMaker } from "./any-task.js";
import type { RunConfig } from "./config.js";
import { Gallery } from "./gallery.js";
import type { StepLosses } from "./losses.js";
import type { Asked, Reply, Request } from "./messages.js";
import { tellError } from "./messages.js";
import { TrainSession } from "./session.js";
import { decodeState } from "./state.js";

/** What a worker's script has of its global scope. */
interface Scope {
  postMessage(message: Reply): void;
  addEventListener(type: "message", listener: (event: { readonly data: Request }) => void): void;
  close(): void;
}

/** A run, and what can be asked of it. */
interface Served {
  readonly session: TrainSession;
  readonly gallery: Gallery;
  readonly answers: Answers<Learner>;
}

/** Makes a worker train what its page asks for, one run; called once, by the worker's script.
 * @param makeTask of the families that the worker is to know: `anyTask`, or one of its own by `imageTask` */
export function serveTraining(makeTask: TaskMaker): void {
  const scope = globalThis as unknown as Scope;
  let served: Promise<Served> | undefined;
  scope.addEventListener("message", ({ data: request }) => {
    if (request.kind === "begin") {
      served = begin(request, makeTask, (reply) => scope.postMessage(reply));
      served
        .then(({ session }) => session.run())
        .then(
          (files) => scope.postMessage({ kind: "done", files }),
          (error) => scope.postMessage({ kind: "failed", error: tellError(error) }),
        )
        .finally(() => scope.close());
    } else if ("id" in request && request.kind !== "set" && request.kind !== "hide") {
      const { id } = request;
      served
        ?.then((s) => answer(s, request))
        .then(
          (value) => scope.postMessage({ kind: "answer", id, value }),
          (error) => scope.postMessage({ kind: "answer", id, error: tellError(error) }),
        );
    } else
      served?.then(
        ({ session, gallery }) => {
          if (request.kind === "set") gallery.set(request.id, request.values, request.labels);
          else if (request.kind === "hide") gallery.hide(request.id);
          else session[request.kind]();
        },
        () => undefined,
      );
  });
  scope.postMessage({ kind: "ready" });
}

function answer({ session, gallery, answers }: Served, asked: Asked): Promise<unknown> {
  if (asked.kind === "save") return session.save();
  if (asked.kind === "show") return gallery.show(asked.id, asked.canvas, asked.view, asked.fps);
  return answers.ask(asked.verb, asked.values as never);
}

async function begin(
  { config, data, state, adapter, recover, snapshotEvery, saves }: Extract<Request, { kind: "begin" }>,
  makeTask: TaskMaker,
  tell: (reply: Reply) => void,
): Promise<Served> {
  const task = await makeTask(config, data);
  // The steps of a submit are one message.
  let steps: StepLosses[] = [];
  const flush = (): void => {
    if (steps.length > 0) tell({ kind: "steps", steps });
    steps = [];
  };
  const behindSteps = (reply: Reply): void => {
    flush();
    tell(reply);
  };
  const between = (work: () => Promise<void>): Promise<void> => session.visit(work);
  const gallery = new Gallery(task, between, (error) => tell({ kind: "log", text: tellError(error).message }));
  const session = new TrainSession(config as RunConfig, task, {
    open: () => Device.open(adapter === undefined ? {} : { adapter }),
    state: state && decodeState(state, "state.safetensors"),
    recover,
    ...(snapshotEvery !== undefined && { snapshotEvery }),
    onTrainer: (trainer) => gallery.attach(trainer),
    onTrainBegin: (beginning) => tell({ kind: "trainBegin", beginning }),
    onStepEnd: (losses) => {
      if (steps.push(losses) === 1) queueMicrotask(flush);
    },
    onHealth: (health) => behindSteps({ kind: "health", health }),
    onEpochEnd: (losses) => behindSteps({ kind: "epoch", losses }),
    onLog: (text) => behindSteps({ kind: "log", text }),
    ...(saves && { onSave: (files) => behindSteps({ kind: "checkpoint", files }) }),
  });
  return { session, gallery, answers: new Answers(session) };
}
