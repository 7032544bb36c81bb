/** Names of built files, written in by build.mjs; relative to the module that reads them. */
declare const __WORKER_FILE__: string;
declare const __WASM_FILE__: string;
/** The files that the service worker keeps, the page's own path, and a name for this very build. */
declare const __KEPT_FILES__: string[];
declare const __BUILD__: string;
