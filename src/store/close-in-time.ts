import type { StoreSubscription } from "./flag-store.js";

/** Ends a subscription. Never rejects; one that does not end within the time, in milliseconds, is left alone. */
export async function closeInTime(subscription: StoreSubscription, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs).unref();
  });
  const closing = new Promise<void>((resolve) => resolve(subscription.close())).catch(() => {});
  await Promise.race([closing, late]);
  clearTimeout(timer);
}
