import { InputError } from "../../errors.js";
import { Device } from "../../gpu/device.js";
import type { Learner, Model } from "../../models/model.js";
import { Answers } from "../answers.js";
import { anyTask } from "../any-task.js";
import type { RunConfig } from "../config.js";
import { TrainSession } from "../session.js";
import { decodeState } from "../state.js";
import type { Task } from "../task.js";
import type { Training, TrainOptions } from "../training.js";

/** Trains a run from its config: in a page in a worker of its own, which keeps the page smooth; in Node in this thread. Starts at
 * once; what is wrong with config or data comes through `done`, as InputError. */
export function train<M extends Learner = Model>(
  config: RunConfig<M["config"]>,
  options: TrainOptions<M> = {},
): Training {
  const { data, state, adapter, recover = false, snapshotEvery, ...events } = options;
  const session = (async () => {
    const task = (await anyTask(config as RunConfig, data as Parameters<typeof anyTask>[1])) as Task<M>;
    return new TrainSession<M>(config, task, {
      ...events,
      open: () => Device.open(adapter === undefined ? {} : { adapter }),
      state: state && decodeState(state, "state.safetensors"),
      recover,
      ...(snapshotEvery !== undefined && { snapshotEvery }),
    });
  })();
  const ask = (what: (session: TrainSession<M>) => void): void => void session.then(what, () => undefined);
  const answers = session.then((s) => new Answers(s));
  answers.catch(() => undefined);
  const done = session.then((s) => s.run());
  return {
    done,
    stop: () => ask((s) => s.stop()),
    pause: () => ask((s) => s.pause()),
    resume: () => ask((s) => s.resume()),
    save: () => session.then((s) => s.save()),
    ask: (verb, ...values) => answers.then((a): unknown => a.ask(verb, values)) as never,
    show: () =>
      Promise.reject(new InputError("Node has no canvas to show a view on; take the numbers by ask, or a page.")),
  };
}
