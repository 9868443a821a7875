/** The address of the server on loopback that answers those SDKs which want a server at the start. */
export function backend() {
  const address = process.env.BENCH_BACKEND;
  if (address === undefined)
    throw new Error("set BENCH_BACKEND to the address of the stand-in server; the driver does");
  return address;
}
