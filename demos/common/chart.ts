// Two lines of losses over the steps, as an SVG that redraws a few times a second.

const namespace = "http://www.w3.org/2000/svg";
const [height, left, bottom, top] = [180, 40, 22, 10];
/** Points a line; beyond it neighbours are averaged. */
const most = 240;

interface Point {
  readonly step: number;
  readonly value: number;
}

export class Chart {
  private lines: Point[][];
  private every = 1;
  /** Of the steps that have no point yet. */
  private sums: number[] = [];
  private count = 0;
  private waiting = false;

  /** @param names of the lines, for those who cannot see them */
  constructor(
    private readonly svg: SVGSVGElement,
    private readonly names: readonly string[],
  ) {
    svg.setAttribute("role", "img");
    this.lines = names.map(() => []);
    this.empty();
    this.draw();
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  private empty(): void {
    this.sums = this.names.map(() => 0);
    this.count = 0;
  }

  clear(): void {
    this.lines = this.names.map(() => []);
    this.every = 1;
    this.empty();
    this.draw();
  }

  /** Adds the values of a step, one a line. */
  add(step: number, values: readonly number[]): void {
    this.sums = this.sums.map((sum, i) => sum + (values[i] as number));
    if (++this.count < this.every) return;
    this.lines.forEach((line, i) => {
      line.push({ step, value: (this.sums[i] as number) / this.count });
    });
    this.empty();
    if ((this.lines[0]?.length ?? 0) >= most) this.thin();
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      this.draw();
    }, 250);
  }

  private thin(): void {
    this.every *= 2;
    this.lines = this.lines.map((line) =>
      line.flatMap((point, i) =>
        i % 2 === 1 ? [{ step: point.step, value: (point.value + line[i - 1].value) / 2 }] : [],
      ),
    );
  }

  private draw(): void {
    const width = Math.max(200, this.svg.clientWidth);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const all = this.lines.flat();
    const last = Math.max(1, ...all.map(({ step }) => step));
    // The first steps tower over all others: what is 98 % of the rest fits.
    const sorted = all.map(({ value }) => value).sort((a, b) => a - b);
    const high = Math.max(1e-6, sorted[Math.floor(0.98 * (sorted.length - 1))] ?? 1) * 1.05;
    const x = (step: number): number => left + ((width - left - 8) * step) / last;
    const y = (value: number): number => top + (height - top - bottom) * (1 - Math.min(1, value / high));
    const parts: SVGElement[] = [];
    for (const part of [0, 0.5, 1]) {
      parts.push(element("line", { class: "grid", x1: left, x2: width - 8, y1: y(part * high), y2: y(part * high) }));
      parts.push(label(all.length > 0 ? short(part * high) : "", left - 6, y(part * high) + 4, "end"));
    }
    parts.push(label("0", left, height - 6, "start"), label(`step ${last}`, width - 8, height - 6, "end"));
    this.lines.forEach((line, i) => {
      const d = line.map(({ step, value }, k) => `${k === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
      if (line.length > 1) parts.push(element("path", { class: `line-${i}`, d: d.join("") }));
    });
    this.svg.replaceChildren(...parts);
    const told = this.names.map((name, i) => `${name} ${short(this.lines[i]?.at(-1)?.value ?? 0)}`);
    this.svg.setAttribute("aria-label", `Losses at step ${last}: ${told.join(", ")}`);
  }
}

const short = (value: number): string =>
  value === 0 ? "0" : value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);

function element(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function label(text: string, x: number, y: number, anchor: string): SVGElement {
  const made = element("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}
