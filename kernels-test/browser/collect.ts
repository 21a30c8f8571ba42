// In the place of uvu, where its tests run in a page: gathers them, runs them one by one, keeps what came of each.
type Work = () => unknown;

interface Suite {
  readonly name: string;
  readonly tests: { readonly name: string; readonly work: Work }[];
  readonly before: Work[];
  readonly after: Work[];
}

/** What came of a test. */
export interface Result {
  readonly suite: string;
  readonly test: string;
  readonly ms: number;
  readonly error?: string;
}

const suites: Suite[] = [];

export function suite(name: string) {
  const own: Suite = { name, tests: [], before: [], after: [] };
  const test = (title: string, work: Work): void => {
    own.tests.push({ name: title, work });
  };
  return Object.assign(test, {
    before: (work: Work) => own.before.push(work),
    after: (work: Work) => own.after.push(work),
    run: () => suites.push(own),
  });
}

/** Names of the tests gathered so far, in order. */
export const titles = (): string[] => suites.flatMap(({ name, tests }) => tests.map((test) => `${name}: ${test.name}`));

/** Runs everything gathered, calling `told` with each result. */
export async function runAll(told: (result: Result) => void): Promise<void> {
  for (const { name, tests, before, after } of suites) {
    for (const work of before) await work();
    for (const test of tests) {
      const started = performance.now();
      let error: string | undefined;
      try {
        await test.work();
      } catch (thrown) {
        error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
      }
      const result = { suite: name, test: test.name, ms: performance.now() - started };
      told(error === undefined ? result : { ...result, error });
    }
    for (const work of after) await work();
  }
}
