export { flagStoreSuite } from "./flag-store-suite.js";
export type { OpenStoreHost, StoreHost, TestWords } from "./store-host.js";
