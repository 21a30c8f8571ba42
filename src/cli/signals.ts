const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/** A wish to stop: the work ends at its next safe point and the process by itself, with the shell's exit code. */
export class StopSignals {
  /** The signal that came. */
  name: keyof typeof codes | undefined;
  /** Called when it comes. */
  onStop: (() => void) | undefined;
  private at = 0;

  constructor() {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, this.receive);
  }

  private readonly receive = (signal: NodeJS.Signals): void => {
    if (this.name === undefined) {
      this.at = performance.now();
      this.name = signal as keyof typeof codes;
      process.exitCode = codes[this.name];
      this.onStop?.();
      return;
    }
    // npm passes a signal on that the terminal has sent already; one that comes much later means it.
    if (performance.now() - this.at < 5000) return;
    this.close();
    process.kill(process.pid, signal);
  };

  close(): void {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, this.receive);
  }
}
