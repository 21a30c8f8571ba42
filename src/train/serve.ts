import { Device } from "../gpu/device.js";
import type { TaskMaker } from "./any-task.js";
import type { RunConfig } from "./config.js";
import type { StepLosses } from "./losses.js";
import type { Reply, Request } from "./messages.js";
import { tellError } from "./messages.js";
import { TrainSession } from "./session.js";
import { decodeState } from "./state.js";

/** What a worker's script has of its global scope. */
interface Scope {
  postMessage(message: Reply): void;
  addEventListener(type: "message", listener: (event: { readonly data: Request }) => void): void;
  close(): void;
}

/** Makes a worker train what its page asks for, one run; called once, by the worker's script.
 * @param makeTask of the families that the worker is to know: `anyTask`, or one of its own by `imageTask` */
export function serveTraining(makeTask: TaskMaker): void {
  const scope = globalThis as unknown as Scope;
  let session: Promise<TrainSession> | undefined;
  scope.addEventListener("message", ({ data: request }) => {
    if (request.kind === "begin") {
      session = begin(request, makeTask, (reply) => scope.postMessage(reply));
      session
        .then((s) => s.run())
        .then(
          (files) => scope.postMessage({ kind: "done", files }),
          (error) => scope.postMessage({ kind: "failed", error: tellError(error) }),
        )
        .finally(() => scope.close());
    } else if (request.kind === "save") {
      const { id } = request;
      session
        ?.then((s) => s.save())
        .then(
          (files) => scope.postMessage({ kind: "saved", id, files }),
          (error) => scope.postMessage({ kind: "saved", id, error: tellError(error) }),
        );
    } else
      session?.then(
        (s) => s[request.kind](),
        () => undefined,
      );
  });
  scope.postMessage({ kind: "ready" });
}

async function begin(
  { config, data, state, adapter, recover, snapshotEvery, saves }: Extract<Request, { kind: "begin" }>,
  makeTask: TaskMaker,
  tell: (reply: Reply) => void,
): Promise<TrainSession> {
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
  return new TrainSession(config as RunConfig, task, {
    open: () => Device.open(adapter === undefined ? {} : { adapter }),
    state: state && decodeState(state, "state.safetensors"),
    recover,
    ...(snapshotEvery !== undefined && { snapshotEvery }),
    onTrainBegin: (beginning) => tell({ kind: "trainBegin", beginning }),
    onStepEnd: (losses) => {
      if (steps.push(losses) === 1) queueMicrotask(flush);
    },
    onHealth: (health) => behindSteps({ kind: "health", health }),
    onEpochEnd: (losses) => behindSteps({ kind: "epoch", losses }),
    onLog: (text) => behindSteps({ kind: "log", text }),
    ...(saves && { onSave: (files) => behindSteps({ kind: "checkpoint", files }) }),
  });
}
