// A square in which a point is moved, by pointer or by arrow keys.

/** Coordinates from -1 to 1, to the right and upwards. */
export type Point = readonly [number, number];

export class Pad {
  private at: Point = [0, 0];

  /** @param pad holds a canvas, and an element of class "marker"
   * @param step of an arrow key */
  constructor(
    private readonly pad: HTMLElement,
    onMove: (point: Point) => void,
    step = 0.05,
  ) {
    const move = ([x, y]: Point): void => {
      this.place([Math.min(1, Math.max(-1, x)), Math.min(1, Math.max(-1, y))]);
      onMove(this.at);
    };
    const follow = (event: PointerEvent): void => {
      const { left, top, width, height } = pad.getBoundingClientRect();
      move([(2 * (event.clientX - left)) / width - 1, 1 - (2 * (event.clientY - top)) / height]);
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      follow(event);
    });
    pad.addEventListener("pointermove", (event) => {
      if (pad.hasPointerCapture(event.pointerId)) follow(event);
    });
    pad.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
      if (dx === undefined || dy === undefined) return;
      event.preventDefault();
      move([this.at[0] + step * dx, this.at[1] + step * dy]);
    });
    pad.tabIndex = 0;
    this.place(this.at);
  }

  /** Moves the marker there, without a word to anyone. */
  place(at: Point): void {
    this.at = at;
    const marker = this.pad.querySelector(".marker");
    if (!(marker instanceof HTMLElement)) return;
    marker.style.left = `${50 + 50 * at[0]}%`;
    marker.style.top = `${50 - 50 * at[1]}%`;
  }
}
