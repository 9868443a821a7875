const WAYS: readonly PropertyKey[] = [Symbol.asyncDispose, "close", Symbol.dispose];

/** Whether a method of that name belongs to the disposal of a service, and so not to what it serves. */
export function isDisposal(name: PropertyKey): boolean {
  return WAYS.includes(name);
}

/** Disposes a service by the first way that it has. What that throws or rejects with comes as a rejection. */
export async function dispose(service: object): Promise<void> {
  for (const way of WAYS) {
    const method: unknown = Reflect.get(service, way);
    if (typeof method !== "function") continue;
    await Reflect.apply(method, service, []);
    return;
  }
}
