export declare function bareWgsl(text: string): string;
export declare function shortener(texts: readonly string[]): (text: string) => string;
export declare function pack(text: string): string;
