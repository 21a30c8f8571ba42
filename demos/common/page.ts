// What every demo's page does: finds its elements, says what goes on, takes an error for a sentence.

/** The element of an id, of the kind that the page's HTML has it as. */
export function byId<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} "${id}".`);
  return found;
}

/** The line that says what goes on. */
export function say(text: string): void {
  byId("status", HTMLElement).textContent = text;
}

/** Shows an error as a sentence above the page; nothing takes it away. */
export function showError(error: unknown): void {
  const place = byId("error", HTMLElement);
  place.textContent = error instanceof Error ? error.message : String(error);
  place.hidden = false;
}

export function clearError(): void {
  byId("error", HTMLElement).hidden = true;
}

/** Runs what an event asks for; what goes wrong is shown. */
export async function attempt(work: () => unknown): Promise<void> {
  clearError();
  try {
    await work();
  } catch (error) {
    showError(error);
  }
}

/** Runs `work` at each press of a button. */
export function onPress(id: string, work: () => unknown): HTMLButtonElement {
  const button = byId(id, HTMLButtonElement);
  button.addEventListener("click", () => attempt(work));
  return button;
}

interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** What stands beside the label. Default: the value. */
  readonly format?: (value: number) => string;
  readonly onInput: (value: number) => void;
}

/** A slider's value, from outside. */
export interface Slider {
  value: number;
}

let sliders = 0;

/** Adds a labelled slider. */
export function addSlider(parent: Element, { label, format = String, onInput, ...range }: SliderOptions): Slider {
  const id = `slider-${sliders++}`;
  const name = Object.assign(document.createElement("label"), { htmlFor: id, textContent: label });
  const told = document.createElement("output");
  const input = Object.assign(document.createElement("input"), { id, type: "range" });
  // The range first: a value is cut to the one that there is.
  for (const key of ["min", "max", "step", "value"] as const) input[key] = String(range[key]);
  const tell = (): void => {
    told.textContent = format(Number(input.value));
  };
  input.addEventListener("input", () => {
    tell();
    onInput(Number(input.value));
  });
  tell();
  const field = Object.assign(document.createElement("div"), { className: "field" });
  field.append(name, told, input);
  parent.append(field);
  return {
    get value() {
      return Number(input.value);
    },
    set value(value) {
      input.value = String(value);
      tell();
    },
  };
}

/** A canvas of the same kind and place, never drawn on: one that was handed to a worker cannot be handed over again. */
export function freshCanvas(id: string): HTMLCanvasElement {
  const old = byId(id, HTMLCanvasElement);
  const fresh = old.cloneNode() as HTMLCanvasElement;
  old.replaceWith(fresh);
  return fresh;
}

/** Lets the visitor keep bytes as a file. */
export function download(name: string, bytes: BlobPart): void {
  const url = URL.createObjectURL(new Blob([bytes]));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
