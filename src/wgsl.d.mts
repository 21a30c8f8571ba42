export declare function shortWgsl(code: string): string;
