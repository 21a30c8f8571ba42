// A grid of cells that is painted by pointer, or by arrow keys and the space bar.

/** Column and row of a cell. */
export type Cell = readonly [number, number];

export class CellPad {
  private cursor: Cell;
  private last: Cell | undefined;

  /** @param pad holds a canvas, and an element of class "cursor"
   * @param sides columns and rows
   * @param paint called with each cell that is gone over, in order */
  constructor(
    private readonly pad: HTMLElement,
    private readonly sides: () => Cell,
    private readonly paint: (cell: Cell) => void,
  ) {
    pad.tabIndex = 0;
    this.cursor = [Math.floor(sides()[0] / 2), Math.floor(sides()[1] / 2)];
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      this.last = undefined;
      this.goTo(this.cellAt(event));
    });
    pad.addEventListener("pointermove", (event) => {
      if (!pad.hasPointerCapture(event.pointerId)) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.goTo(this.cellAt(each));
    });
    pad.addEventListener("keydown", (event) => this.key(event));
    this.mark();
  }

  private cellAt({ clientX, clientY }: PointerEvent): Cell {
    const { left, top, width, height } = this.pad.getBoundingClientRect();
    const [columns, rows] = this.sides();
    return [Math.floor(((clientX - left) / width) * columns), Math.floor(((clientY - top) / height) * rows)];
  }

  /** Paints every cell between the last one and this one. */
  private goTo(to: Cell): void {
    const from = this.last ?? to;
    this.last = to;
    const steps = Math.max(1, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
    for (let i = from === to ? steps : 1; i <= steps; i++) {
      const along = (k: 0 | 1): number => Math.round(from[k] + ((to[k] - from[k]) * i) / steps);
      this.paintCell([along(0), along(1)]);
    }
  }

  private paintCell(cell: Cell): void {
    const [columns, rows] = this.sides();
    if (cell[0] >= 0 && cell[1] >= 0 && cell[0] < columns && cell[1] < rows) this.paint(cell);
  }

  private key(event: KeyboardEvent): void {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const [columns, rows] = this.sides();
      const [x, y] = [this.cursor[0] + (move[0] as number), this.cursor[1] + (move[1] as number)];
      this.cursor = [Math.min(columns - 1, Math.max(0, x)), Math.min(rows - 1, Math.max(0, y))];
      this.mark();
    } else if (event.key === " " || event.key === "Enter") this.paintCell(this.cursor);
    else return;
    event.preventDefault();
  }

  /** Shows the cursor where it is; the stylesheet hides it while the keys have not come to the pad. */
  private mark(): void {
    const mark = this.pad.querySelector(".cursor");
    if (!(mark instanceof HTMLElement)) return;
    const [columns, rows] = this.sides();
    mark.style.left = `${(100 * this.cursor[0]) / columns}%`;
    mark.style.top = `${(100 * this.cursor[1]) / rows}%`;
    mark.style.width = `${100 / columns}%`;
    mark.style.height = `${100 / rows}%`;
  }
}
