export declare const policy: string;
export declare function serve(
  root: string,
  port?: number,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }>;
