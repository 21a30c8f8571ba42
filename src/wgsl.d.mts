/** What pages get of each shader's text: short names, repeats folded. */
export declare function pageForm(root: string): (code: string) => string;
