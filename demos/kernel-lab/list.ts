import type { LabResult } from "./messages.js";

/** The list of kernels: a line each, with its result once there is one. */
export class KernelList {
  private readonly lines = new Map<string, HTMLLIElement>();

  /** @param run is called with the kernel whose button was pressed */
  constructor(list: HTMLElement, kernels: readonly string[], run: (kernel: string) => void) {
    for (const kernel of kernels) {
      const line = element("li", "kernel");
      line.id = kernel;
      const name = Object.assign(element("a", "kernel-name", kernel), { href: `#${kernel}` });
      const button = Object.assign(element("button", "", "Run"), { type: "button" });
      button.setAttribute("aria-label", `Run ${kernel}`);
      button.addEventListener("click", () => run(kernel));
      line.append(name, element("div", "kernel-result quiet", "not run yet"), button);
      this.lines.set(kernel, line);
      list.append(line);
    }
  }

  has(kernel: string): boolean {
    return this.lines.has(kernel);
  }

  /** Shows the lines whose name has `part`, and gives their number. */
  filter(part: string): number {
    let shown = 0;
    for (const [kernel, line] of this.lines) {
      line.hidden = !kernel.includes(part.trim().toLowerCase());
      if (!line.hidden) shown++;
    }
    return shown;
  }

  /** Brings a line into sight, and marks it as the one asked for. */
  mark(kernel: string): void {
    for (const [name, line] of this.lines)
      if (name === kernel) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    this.lines.get(kernel)?.scrollIntoView({ block: "nearest" });
  }

  show(result: LabResult): void {
    const line = this.lines.get(result.kernel);
    if (!line) return;
    const { passed, failed, failures, time, untimed, variants } = result;
    const words = failed === 0 ? `${passed} of ${passed} passed` : `${failed} of ${passed + failed} failed`;
    const place = element("div", "kernel-result");
    const facts = element("dl", "facts");
    const fact = (what: string, value: string): void =>
      facts.append(pair(element("dt", "", what), element("dd", "", value)));
    fact("error", errorOf(result));
    if (time) {
      fact("time", `${short(time.ms)} ms`);
      if (time.gflops > 0) fact("arithmetic", `${short(time.gflops)} GFLOP/s`);
      fact("memory", `${short(time.gbs)} GB/s`);
    }
    place.append(element("p", `verdict ${failed === 0 ? "passed" : "failed"}`, words), facts);
    const more = [
      variants.length > 1 && `Ran: ${variants.join(", ")}.`,
      time && `Timed: ${time.kernel} on ${shapesOf(time.shapes)}.`,
      untimed !== undefined && `Not timed: ${untimed}`,
      ...failures,
    ].filter((text) => text !== false && text !== undefined);
    const details = element("details", "quiet");
    details.open = failed > 0;
    details.append(element("summary", "", "Details"), ...more.map((text) => element("p", "wrap", text)));
    place.append(details);
    line.querySelector(".kernel-result")?.replaceWith(place);
  }
}

const errorOf = ({ failed, worst }: LabResult): string =>
  failed > 0
    ? "over its bound"
    : worst && worst.ratio > 0
      ? `${(100 * worst.ratio).toFixed(0)} % of its bound`
      : "none";

const shapesOf = (shapes: Readonly<Record<string, readonly number[]>>): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
    .join(", ");

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function pair(...parts: readonly HTMLElement[]): HTMLElement {
  const both = element("div");
  both.append(...parts);
  return both;
}

function element<K extends keyof HTMLElementTagNameMap>(kind: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(kind), { className, textContent: text });
}
