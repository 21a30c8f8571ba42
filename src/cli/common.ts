import type { Command } from "commander";
import { InputError } from "../errors.js";
import { Device } from "../gpu/device.js";

/** Options that every command on a device has. */
export interface Common {
  readonly json?: boolean;
  readonly adapter?: string;
}

/** Adds --json. */
export function withJson(command: Command): Command {
  return command.option("--json", "one JSON object a result on standard output, nothing else there");
}

/** Adds --json and --adapter. */
export function withCommon(command: Command): Command {
  return withJson(command).option(
    "--adapter <name>",
    "default, software, swiftshader, null or a part of an adapter's name (else LATENTGPU_ADAPTER)",
  );
}

/** Wraps a command's work: what it throws becomes one sentence on standard error, with --json an {"error"} line on standard
 * output too, and the exit code (2 for input that is wrong, 1 for all else). The process then ends by itself: an exit
 * with work in flight may crash the driver. */
export function action<A extends unknown[]>(handler: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await handler(...args);
    } catch (error) {
      const command = args.at(-1) as Command;
      fail(error, command.opts().json === true);
    }
  };
}

/** Tells an error and sets the exit code. */
export function fail(error: unknown, json: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
  process.exitCode = error instanceof InputError ? 2 : 1;
  if (json) process.stdout.write(`${JSON.stringify({ error: message })}\n`);
  warn(message);
}

/** A line on standard error. */
export function warn(text: string): void {
  process.stderr.write(`latentgpu: ${text}\n`);
}

/** A result on standard output: the object as one JSON line, or the text. */
export function print(json: boolean | undefined, object: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(object) : text}\n`);
}

/** Opens the device that the options ask for and warns where it computes on the CPU.
 * @throws NoAdapterError, InputError */
export async function openDevice({ adapter }: Common): Promise<Device> {
  const device = await Device.open(adapter === undefined ? {} : { adapter });
  if (device.adapter.software)
    warn(`${device.adapter.name} is a software adapter: it computes on the CPU, many times slower than a GPU.`);
  return device;
}

/** Parser of an option that takes a whole number. */
export function whole(flag: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InputError(`${flag} is "${text.slice(0, 40)}"; give a whole number from ${least} to ${most}.`);
  };
}

/** Parser of an option that takes a number. */
export function real(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && value >= least && value <= most) return value;
    throw new InputError(`${flag} is "${text.slice(0, 40)}"; give a number from ${least} to ${most}.`);
  };
}

/** Parser of an option that takes a width and a height in pixels. */
export function pixels(flag: string): (text: string) => readonly [number, number] {
  return (text) => {
    const [, width, height] = /^(\d{1,4})x(\d{1,4})$/i.exec(text) ?? [];
    const [w, h] = [Number(width), Number(height)];
    if (w >= 1 && h >= 1 && w <= 8192 && h <= 8192) return [w, h];
    throw new InputError(`${flag} is "${text.slice(0, 40)}"; give width x height in pixels, such as 64x64.`);
  };
}
