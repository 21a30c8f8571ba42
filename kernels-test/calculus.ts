import type { OpProof } from "./ref/contract.js";
import { CaseRun } from "./trials.js";

const H = 1e-5;

/** Check 4: the float64 backward twins against central differences of the forward ones, along 3 random directions.
 * Gives the relative errors, one a direction; an op without backward kernels gives none. */
export function calculusErrors(proof: OpProof, c: number): number[] {
  const item = proof.cases[c];
  const style = { integers: false, round: false };
  const base = new CaseRun(proof, item, style, 500 + c);
  const gradients = proof.op.backward
    .flatMap((choice) => choice.plain.bindings)
    .filter((b) => b.access === "read_write" && base.inputs.includes(b.name.slice(1)) && b.name.startsWith("d"))
    .map((b) => b.name);
  if (gradients.length === 0) return [];
  for (const choice of proof.op.forward) base.run(choice, [], "");
  const incoming = new Set(
    proof.op.backward
      .flatMap((choice) => choice.plain.bindings)
      .filter((b) => b.access === "read" && !base.shapes.has(b.name) && base.shapes.has(b.name.slice(1)))
      .map((b) => b.name),
  );
  for (const choice of proof.op.backward) base.run(choice, [], "");

  const objective = (shift: ReadonlyMap<string, Float64Array>, h: number): number => {
    const run = new CaseRun(proof, item, style, 500 + c);
    for (const [name, direction] of shift) {
      const values = run.values.get(name) as Float64Array;
      for (let i = 0; i < values.length; i++) values[i] += h * direction[i];
    }
    for (const choice of proof.op.forward) run.run(choice, [], "");
    let sum = 0;
    if (proof.objective) return proof.objective(run, base);
    for (const d of incoming) {
      const y = run.values.get(d.slice(1)) as Float64Array;
      const dy = base.values.get(d) as Float64Array;
      for (let i = 0; i < y.length; i++) sum += dy[i] * y[i];
    }
    return sum;
  };
  return [0, 1, 2].map((direction) => {
    const shift = new Map(
      gradients.map((d) => {
        const name = d.slice(1);
        const length = (base.values.get(name) as Float64Array).length;
        const random = new CaseRun(proof, item, style, 900 + 3 * c + direction);
        random.shapes.set("direction", [length]);
        random.draw("direction");
        return [name, random.values.get("direction") as Float64Array] as const;
      }),
    );
    const numeric = (objective(shift, H) - objective(shift, -H)) / (2 * H);
    let analytic = 0;
    let scale = 0;
    for (const d of gradients) {
      const dx = base.values.get(d) as Float64Array;
      const v = shift.get(d.slice(1)) as Float64Array;
      for (let i = 0; i < dx.length; i++) {
        analytic += dx[i] * v[i];
        scale += Math.abs(dx[i] * v[i]);
      }
    }
    return Math.abs(numeric - analytic) / Math.max(scale, 1e-12);
  });
}
