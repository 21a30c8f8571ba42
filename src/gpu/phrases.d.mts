export declare const phrases: readonly string[];
