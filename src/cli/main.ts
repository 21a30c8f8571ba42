import { Command, CommanderError } from "commander";
import { InputError } from "../errors.js";
import { fail } from "./common.js";
import { register as info } from "./info.js";
import { register as presets } from "./presets.js";
import { register as train } from "./train.js";

const commands = [info, presets, train];

const program = new Command("latentgpu")
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
  return new InputError(`${text[0]?.toUpperCase()}${text.slice(1).replace(/\.$/, "")}${text.endsWith("?") ? "" : "."} See: ${help}`);
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
