import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import { InputError } from "../errors.js";
import { register as arithmetic } from "./arithmetic.js";
import { register as bench } from "./bench.js";
import { register as codes } from "./codes.js";
import { fail } from "./common.js";
import { register as decode } from "./decode.js";
import { register as encode } from "./encode.js";
import { register as evaluate } from "./evaluate.js";
import { register as exportRun } from "./export.js";
import { register as importRun } from "./import.js";
import { register as info } from "./info.js";
import { register as interpolate } from "./interpolate.js";
import { register as manifold } from "./manifold.js";
import { register as presets } from "./presets.js";
import { register as reconstruct } from "./reconstruct.js";
import { register as rollout } from "./rollout.js";
import { register as sample } from "./sample.js";
import { register as scatter } from "./scatter.js";
import { register as train } from "./train.js";
import { register as traverse } from "./traverse.js";
import { register as verify } from "./verify.js";

const commands = [
  info,
  presets,
  train,
  sample,
  reconstruct,
  interpolate,
  traverse,
  manifold,
  rollout,
  scatter,
  arithmetic,
  encode,
  decode,
  codes,
  evaluate,
  exportRun,
  importRun,
  bench,
  verify,
];

const program = new Command("latentgpu")
  .version(version)
  .description("Autoencoders, trained and run on any GPU through WebGPU.")
  .showHelpAfterError(false)
  .configureOutput({ outputError: () => undefined }) // told once, below
  .exitOverride();
for (const register of commands) register(program);

/** Bad usage in one sentence with the remedy. */
function usage({ message }: CommanderError): InputError {
  const text = message.replace(/^error: /, "").replace(/\n\(?Did you mean (.*?)\?\)?$/s, "; did you mean $1?");
  const command = program.commands.find((c) => c.name() === process.argv[2]);
  const help = `latentgpu ${command ? `${command.name()} ` : ""}--help`;
  return new InputError(
    `${text[0]?.toUpperCase()}${text.slice(1).replace(/\.$/, "")}${text.endsWith("?") ? "" : "."} See: ${help}`,
  );
}

// A reader that has seen enough (`latentgpu presets | head -1`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) fail(error, process.argv.includes("--json"));
  else if (error.code === "commander.help") process.exitCode = 2;
  else if (error.exitCode !== 0) fail(usage(error), process.argv.includes("--json"));
}
