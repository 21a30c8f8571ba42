/** What a person typed or handed over is wrong: one sentence that says what, where and the remedy. Exit code 2. */
export class InputError extends Error {
  override name = "InputError";
}

/** No WebGPU adapter could be had; the message lists what was tried and the ways out. */
export class NoAdapterError extends InputError {
  override name = "NoAdapterError";
}

/** What was planned is larger than the adapter allows; nothing was allocated. */
export class DoesNotFitError extends InputError {
  override name = "DoesNotFitError";
  /** @param why what takes how much, and what the adapter allows
   * @param remedy what to do about it */
  constructor(
    readonly why: string,
    remedy: string,
  ) {
    super(`${why}; ${remedy}.`);
  }
}

/** The driver refused a shader, a pipeline or a command. */
export class GpuError extends Error {
  override name = "GpuError";
}

/** The device went away (driver reset, unplugged, destroyed behind our back). */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";
  constructor(readonly reason: string) {
    super(`The GPU device was lost (${reason}). Open a new device and resume from the last checkpoint.`);
  }
}

/** An object was used after its dispose(). */
export class DisposedError extends Error {
  override name = "DisposedError";
  constructor(what: string) {
    super(`${what} was used after dispose(). Open a new one.`);
  }
}

/** Where the first NaN or infinity of a run came from. */
export interface Origin {
  /** The step that made it, the first being 1; where it was there before, the steps done then. */
  readonly step: number;
  readonly tensor: string;
  readonly index: number;
  /** The kernel that made it and where it stands in the model; none where it was there before. */
  readonly kernel?: string;
  readonly label?: string;
}

/** A NaN or an infinity turned up in a loss, a gradient, a weight or an input. */
export class NotFiniteError extends Error {
  override name = "NotFiniteError";
  constructor(
    readonly tensor: string,
    readonly index: number,
    readonly step: number,
    readonly origin?: Origin,
  ) {
    const first = origin
      ? origin.kernel === undefined
        ? ` It was in ${origin.tensor}[${origin.index}] before step ${origin.step + 1}.`
        : ` The first kernel to make one was ${origin.kernel} (${origin.label}), in ${origin.tensor}[${origin.index}] at step ${origin.step}.`
      : "";
    super(
      `${tensor}[${index}] is not finite at step ${step}. Training stopped before the next checkpoint; start a new run with a lower learning rate.${first}`,
    );
  }
}
