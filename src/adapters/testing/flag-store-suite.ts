import { type OpenStoreHost, promisesOf, type TestWords } from "./store-host.js";
import { auditPromises } from "./suite-audit.js";
import { endingPromises } from "./suite-ending.js";
import { keepingPromises } from "./suite-keeping.js";
import { readingPromises } from "./suite-reading.js";
import { tellingPromises } from "./suite-telling.js";
import { usagePromises } from "./suite-usage.js";
import { writersPromises } from "./suite-writers.js";
import { writingPromises } from "./suite-writing.js";

/**
 * The conformance suite of the port `FlagStore`: declares tests for everything that burgee relies upon, by the `describe` and
 * `it` of any test framework. A run takes seconds. `open` is called once for each test and gives data of its own, empty at
 * first, with as many stores on it as the test asks for.
 *
 * @example
 * import { MemoryStore } from "burgee";
 * import { flagStoreSuite } from "burgee/testing";
 * import { describe, it } from "node:test";
 *
 * describe("my store", () => {
 *   flagStoreSuite({ describe, it }, () => {
 *     const stores = new Map<string, MemoryStore>();
 *     return {
 *       // A store in memory is for one process, so it is given again. One of a database would be opened anew.
 *       store: (namespace = "default") => {
 *         const store = stores.get(namespace) ?? new MemoryStore({ namespace });
 *         stores.set(namespace, store);
 *         return store;
 *       },
 *       close: () => stores.clear(),
 *     };
 *   });
 * });
 */
export function flagStoreSuite({ describe, it }: TestWords, open: OpenStoreHost): void {
  const promises = promisesOf(it, open);
  describe("writing", () => writingPromises(promises));
  describe("several writers", () => writersPromises(promises));
  describe("reading", () => readingPromises(promises));
  describe("telling of news", () => tellingPromises(promises));
  describe("the audit log", () => auditPromises(promises));
  describe("usage", () => usagePromises(promises));
  describe("what is kept", () => keepingPromises(promises));
  describe("health and the end", () => endingPromises(promises));
}
