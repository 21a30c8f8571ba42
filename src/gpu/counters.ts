/** What a device has done so far. */
export interface Counters {
  dispatches: number;
  passes: number;
  submits: number;
  bindGroups: number;
  buffers: number;
  copies: number;
  pipelines: number;
  writes: number;
}

export const noCounts = (): Counters => ({
  dispatches: 0,
  passes: 0,
  submits: 0,
  bindGroups: 0,
  buffers: 0,
  copies: 0,
  pipelines: 0,
  writes: 0,
});
