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

/** A NaN or an infinity turned up in a loss, a gradient, a weight or an input. */
export class NotFiniteError extends Error {
  override name = "NotFiniteError";
  constructor(
    readonly tensor: string,
    readonly index: number,
    readonly step: number,
  ) {
    super(
      `${tensor}[${index}] is not finite at step ${step}. Training stopped before the next checkpoint; start a new run with a lower learning rate.`,
    );
  }
}
