// The library as a plain `<script type="module">` gets it, for tests to call.
const url = "/browser.js";
Object.assign(globalThis, { latentgpu: await import(url) });

export {};
