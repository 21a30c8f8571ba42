export declare function bareWgsl(text: string): string;
export declare function shortener(shaders: ReadonlyMap<string, string>): (text: string) => string;
export declare function pack(text: string): string;
