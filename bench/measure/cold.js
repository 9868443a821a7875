// Milliseconds from the import of an SDK to its first answer, with a hundred flags: node cold.js <adapter>
const start = performance.now();
const { hundred, loadAdapter, report } = await import("./adapter.js");
const { setup } = await loadAdapter();
const imported = performance.now();
const adapter = await setup(hundred);
await adapter.constant(adapter.context({ id: "user-1", country: "DE", plan: "pro" }));
const answered = performance.now();
report({ import: imported - start, total: answered - start });
