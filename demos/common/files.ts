// Files that a visitor drops or chooses. Nothing leaves the page; a name is shown as text and nothing else.
import { type PictureKind, pictureSize } from "./picture-size.js";

const mostBytes = 20 * 2 ** 20;
/** Of each side: 16 million pixels in all. */
const mostSide = 4000;

/** Calls `take` with the files that are dropped on an element or chosen in the file input inside it. */
export function dropZone(zone: HTMLElement, take: (files: readonly File[]) => void): void {
  const over = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
  });
  const input = zone.querySelector("input");
  input?.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // The same file may be chosen once more.
    input.value = "";
    if (files.length > 0) take(files);
  });
  // A file that misses the zone must not take the page's place.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
}

/** Whether a file begins as a picture does, whatever its name says; SVG counts, and is refused by `readPicture`. */
export async function isPicture(file: File): Promise<boolean> {
  const head = await headOf(file, 512);
  return isSvg(head) || pictureSize(head).kind !== undefined;
}

/** A picture's pixels as a model takes them, grey or in colour, [side, side, channels] bytes; the picture is cut square in its
 * middle. Throws an Error with one sentence where it is none, or too large. */
export async function readPicture(file: File, side: number, channels: 1 | 3): Promise<Uint8Array> {
  const refuse = (what: string): never => {
    throw new Error(`${file.name} ${what}`);
  };
  if (file.size > mostBytes) refuse(`has ${(file.size / 2 ** 20).toFixed(0)} MB; 20 MB is the most.`);
  const head = await headOf(file, 2 ** 20);
  if (isSvg(head)) refuse("is an SVG, which may hold scripts; save it as a PNG.");
  const { kind, width, height } = pictureSize(head);
  if (!kind) refuse("is no picture; take a PNG, JPEG, WebP, GIF or BMP.");
  if (!(width && height)) refuse(`is no whole ${nameOf[kind as PictureKind]} picture; save it again.`);
  const [w, h] = [width as number, height as number];
  if (Math.max(w, h) > mostSide) refuse(`has ${w} x ${h} pixels; ${mostSide} a side is the most, make it smaller.`);
  const cut = Math.min(w, h);
  let bitmap: ImageBitmap;
  try {
    const area = [Math.floor((w - cut) / 2), Math.floor((h - cut) / 2), cut, cut] as const;
    const typed = new Blob([file], { type: `image/${kind}` });
    bitmap = await createImageBitmap(typed, ...area, { resizeWidth: side, resizeHeight: side, resizeQuality: "high" });
  } catch {
    return refuse("is damaged and cannot be shown; save it again.");
  }
  const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  if (!context) return refuse("cannot be drawn by this browser.");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return pixelsOf(context.getImageData(0, 0, side, side).data, channels);
}

const nameOf: Readonly<Record<PictureKind, string>> = {
  png: "PNG",
  jpeg: "JPEG",
  gif: "GIF",
  webp: "WebP",
  bmp: "BMP",
};

const headOf = async (file: File, bytes: number): Promise<Uint8Array> =>
  new Uint8Array(await file.slice(0, bytes).arrayBuffer());

/** Text that begins with a tag, or is told to be XML. */
const isSvg = (head: Uint8Array): boolean =>
  /^\ufeff?\s*<(\?xml|svg|!doctype svg|!--)/i.test(new TextDecoder().decode(head.subarray(0, 256)));

function pixelsOf(rgba: Uint8ClampedArray, channels: 1 | 3): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * channels);
  for (let i = 0; i < rgba.length / 4; i++) {
    const [r, g, b] = rgba.subarray(4 * i, 4 * i + 3);
    if (channels === 3) out.set([r, g, b], 3 * i);
    else out[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
  }
  return out;
}
