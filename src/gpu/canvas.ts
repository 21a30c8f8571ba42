import { GpuError } from "../errors.js";
import type { Device } from "./device.js";
import type { Program } from "./program.js";

/** A page's canvas, or one that the page has handed to a worker. */
export type PageCanvas = HTMLCanvasElement | OffscreenCanvas;

/** Shows pixels that a program has made, on the GPU from end to end. */
export class Canvas {
  private readonly context: GPUCanvasContext;

  /** @throws GpuError where the canvas is drawn on in another way already */
  constructor(
    private readonly device: Device,
    private readonly canvas: PageCanvas,
  ) {
    device.check();
    const context = (canvas as OffscreenCanvas).getContext("webgpu");
    if (!context) throw new GpuError("The canvas gives no WebGPU context; hand over one that nothing has drawn on.");
    this.context = context;
    const { handle } = device;
    context.configure({ device: handle, format: "rgba8unorm", usage: GPUTextureUsage.COPY_DST, alphaMode: "opaque" });
    device.check();
  }

  /** Puts a program's tensor u32 [height, stride], RGBA bytes, on the canvas, which takes the picture's size.
   * @param width pixels of a line that are shown; the stride is a multiple of 64 */
  show(program: Program, pixels: string, width: number): void {
    const { buffer, offset, shape } = program.window(pixels);
    const [height, stride] = shape as readonly [number, number];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const encoder = this.device.handle.createCommandEncoder({ label: "picture" });
    encoder.copyBufferToTexture(
      { buffer, offset, bytesPerRow: 4 * stride },
      { texture: this.context.getCurrentTexture() },
      [width, height],
    );
    this.device.submit([encoder.finish()]);
  }

  /** Gives the canvas back. */
  dispose(): void {
    this.context.unconfigure();
  }
}
