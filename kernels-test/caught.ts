import * as assert from "uvu/assert";

/** What `work` throws. */
export const caught = async (work: () => unknown): Promise<Error> => {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

/** Asserts an error's class and what its message says. */
export const is = (error: Error, type: new (...args: never[]) => Error, ...parts: string[]): void => {
  assert.instance(error, type, `${error.name}: ${error.message}`);
  for (const part of parts) assert.ok(error.message.includes(part), `"${part}" is not in: ${error.message}`);
};
