/** Bundles modules for pages: names and paths in, names and texts out. */
export declare function bundleForPages(
  root: string,
  entries: Readonly<Record<string, string>>,
  options?: { readonly flops?: boolean },
): Promise<Record<string, string>>;
