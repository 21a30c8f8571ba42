import { kernelNames } from "latentgpu/verify";
import { attempt, byId, clearError, onPress, say, showError } from "../common/page.js";
import { KernelList } from "./list.js";
import type { Job, LabResult, Machine, Reply, Request } from "./messages.js";

const opOf = new Map([...kernelNames].flatMap(([op, kernels]) => kernels.map((kernel) => [kernel, op] as const)));
const results = new Map<string, LabResult>();
let machine: Machine | undefined;
/** Kernels that are still to run. */
const awaited = new Set<string>();

const worker = new Worker(new URL("./kernel-lab-worker.js", import.meta.url), { type: "module" });
const ask = (request: Request): void => worker.postMessage(request);

const list = new KernelList(byId("kernels", HTMLElement), [...opOf.keys()], (kernel) => {
  history.replaceState(null, "", `#${kernel}`);
  runAddressed();
});
const stopButton = onPress("stop", () => {
  ask({ kind: "stop" });
  say("It stops after the op that is running.");
});
onPress("run", () => start([...kernelNames].map(([op]) => ({ op }))));
const copyButton = onPress("copy", copy);

const filter = byId("filter", HTMLInputElement);
filter.addEventListener("input", showFiltered);
showFiltered();
// An address names a kernel, or an op: kernel-lab/#linear/grad-w
window.addEventListener("hashchange", runAddressed);
if (location.hash.length > 1) runAddressed();

function showFiltered(): void {
  const shown = list.filter(filter.value);
  byId("shown", HTMLElement).textContent = `${shown} of ${opOf.size} kernels`;
}

function runAddressed(): void {
  void attempt(() => {
    const name = decodeURIComponent(location.hash.slice(1));
    const op = opOf.get(name);
    if (op === undefined && !kernelNames.has(name))
      throw new Error(`There is no kernel "${name}". Choose one of the list, or leave out what is behind the # above.`);
    const [first = name] = kernelNames.get(name) ?? [];
    if (filter.value !== "" && !name.includes(filter.value)) {
      filter.value = "";
      showFiltered();
    }
    list.mark(first);
    start([op === undefined ? { op: name } : { op, kernel: name }]);
  });
}

function start(jobs: readonly Job[]): void {
  if (awaited.size === 0) done = 0;
  for (const { op, kernel } of jobs)
    for (const each of kernel ? [kernel] : (kernelNames.get(op) ?? [])) awaited.add(each);
  stopButton.disabled = false;
  ask({ kind: "run", jobs });
  showProgress();
}

let done = 0;

function showProgress(): void {
  const bar = byId("progress", HTMLProgressElement);
  bar.max = Math.max(1, done + awaited.size);
  bar.value = done;
}

function rest(): void {
  awaited.clear();
  stopButton.disabled = true;
  const failed = [...results.values()].filter((r) => r.failed > 0).length;
  const kernels = results.size === 1 ? "1 kernel" : `${results.size} kernels`;
  say(failed === 0 ? `${kernels} ran, all are right.` : `${kernels} ran, ${failed} of them wrong.`);
  const bar = byId("progress", HTMLProgressElement);
  bar.value = bar.max;
}

worker.addEventListener("message", ({ data: reply }: MessageEvent<Reply>) => {
  if (reply.kind === "machine") {
    machine = reply.machine;
    const { adapter, clock } = reply.machine;
    byId("gpu", HTMLElement).textContent =
      `${adapter.name}, timed by ${clock === "timestamps" ? "its own clock" : "the wall's clock"}`;
  } else if (reply.kind === "doing") say(`Running ${reply.job.kernel ?? reply.job.op} ...`);
  else if (reply.kind === "result") {
    const { result } = reply;
    results.set(result.kernel, result);
    list.show(result);
    awaited.delete(result.kernel);
    done++;
    copyButton.disabled = false;
    showProgress();
  } else if (reply.kind === "idle") rest();
  else {
    rest();
    showError(reply.message);
  }
});
worker.addEventListener("error", ({ message }) => {
  rest();
  showError(`The lab's worker broke off: ${message || "it could not be loaded"}. Load the page again.`);
});

/** Copies all results; where the browser forbids it they stand in a field, to be copied by hand. */
async function copy(): Promise<void> {
  const kernels = [...results.values()];
  const failed = kernels.filter((r) => r.failed > 0).length;
  const about = { at: new Date().toISOString(), browser: navigator.userAgent, ...machine };
  const text = JSON.stringify({ ...about, passed: kernels.length - failed, failed, kernels }, null, 2);
  clearError();
  try {
    await navigator.clipboard.writeText(text);
    say(`${kernels.length} results are copied.`);
  } catch {
    byId("text-field", HTMLElement).hidden = false;
    const field = byId("text", HTMLTextAreaElement);
    field.value = text;
    field.focus();
    field.select();
    say("The browser does not let this page copy; the results stand selected below.");
  }
}
