import { BlockList, isIPv4 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockProblem, isInBlock, newAddress, readAddress, readBlock } from "../../src/rules/cidr.js";

/** The eight groups of an address, in hexadecimal; undefined where it is none. */
function groups(text: string): string | undefined {
  const address = newAddress();
  return readAddress(text, address) ? Array.from(address, (group) => group.toString(16)).join(":") : undefined;
}

function contains(block: string, text: string): boolean {
  const read = readBlock(block);
  if (read === undefined) throw new Error(blockProblem(block));
  const address = newAddress();
  return readAddress(text, address) && isInBlock(address, read);
}

describe("readAddress", () => {
  it.each([
    ["1.2.3.4", "0:0:0:0:0:ffff:102:304"],
    ["255.255.255.255", "0:0:0:0:0:ffff:ffff:ffff"],
    ["0.0.0.0", "0:0:0:0:0:ffff:0:0"],
    ["::", "0:0:0:0:0:0:0:0"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["1::", "1:0:0:0:0:0:0:0"],
    ["2001:DB8::a:0", "2001:db8:0:0:0:0:a:0"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "0:0:0:0:0:ffff:102:304"],
    ["64:ff9b::1.2.3.4", "64:ff9b:0:0:0:0:102:304"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["fe80::1%eth0", "fe80:0:0:0:0:0:0:1"],
    ["fe80::%1", "fe80:0:0:0:0:0:0:0"],
    ["::ffff:1.2.3.4%lo", "0:0:0:0:0:ffff:102:304"],
    ["1:2:3:4:5:6:7:8%a", "1:2:3:4:5:6:7:8"],
  ])("reads %s", (text, expected) => {
    expect(groups(text)).toBe(expected);
  });

  it.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1:2:3", ":::", "g::", "1.2.3.4/8", "localhost"])(
    "refuses %j",
    (text) => {
      expect(groups(text)).toBeUndefined();
    },
  );

  it("writes over what was there before", () => {
    const address = newAddress();
    readAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", address);
    readAddress("1::1", address);
    expect([...address]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    readAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", address);
    readAddress("1.2.3.4", address);
    expect([...address]).toEqual([0, 0, 0, 0, 0, 0xffff, 0x102, 0x304]);
  });
});

describe("readBlock", () => {
  const form = 'must be a block of addresses such as "10.0.0.0/8" or "2001:db8::/32", or an address';
  it.each([
    ["", form],
    ["10.0.0/8", form],
    ["10.0.0.0/8/8", form],
    ["example.com", form],
    ["10.*", form],
    ["1:2:3/8", form],
    ["10.0.0.0/", "needs the number of bits after the slash, from 0 to 32"],
    ["10.0.0.0/08", "needs the number of bits after the slash, from 0 to 32"],
    ["10.0.0.0/-1", "needs the number of bits after the slash, from 0 to 32"],
    ["10.0.0.0/255.0.0.0", "needs the number of bits after the slash, from 0 to 32"],
    ["::/x", "needs the number of bits after the slash, from 0 to 128"],
    ["10.0.0.0/33", "has a prefix that is too long: an IPv4 address has 32 bits"],
    ["::/129", "has a prefix that is too long: an IPv6 address has 128 bits"],
    ["010.0.0.0/8", "has a leading zero, which some programs read as octal; write the address without it"],
    ["10.0.0.01", "has a leading zero, which some programs read as octal; write the address without it"],
    ["fe80::1%eth0/64", "has a zone, which means something on one machine only; leave it out"],
  ])("refuses %j and says why", (text, problem) => {
    expect(readBlock(text)).toBeUndefined();
    expect(blockProblem(text)).toBe(problem);
  });

  it("takes an address for a block of one, and does not mind bits beyond the prefix", () => {
    expect(contains("10.1.2.3", "10.1.2.3")).toBe(true);
    expect(contains("10.1.2.3", "10.1.2.2")).toBe(false);
    expect(contains("10.1.2.3/8", "10.9.9.9")).toBe(true);
    expect(contains("0.0.0.0/0", "255.1.2.3")).toBe(true);
    expect(contains("0.0.0.0/0", "::1")).toBe(false);
    expect(contains("::/0", "::1")).toBe(true);
    expect(contains("::/0", "10.1.2.3")).toBe(true);
  });

  it("takes an IPv4 address and the IPv6 address that stands for it as one", () => {
    for (const block of ["10.0.0.0/8", "::ffff:10.0.0.0/104"]) {
      for (const text of ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203"]) expect(contains(block, text)).toBe(true);
      for (const text of ["11.1.2.3", "::ffff:11.1.2.3", "::10.1.2.3"]) expect(contains(block, text)).toBe(false);
    }
  });

  const family = (text: string) => (isIPv4(text) ? "ipv4" : "ipv6");
  const near = (from: bigint, width: number) =>
    fc
      .integer({ min: 0, max: width })
      .chain((bits) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }).map((change) => from ^ change));
  const v4 = near(0x0a141e29n, 32).map((bits) => [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join("."));
  const v6 = near(0x20010db8000000020003000400000007n, 128).map((bits) =>
    Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16))
      .join(":")
      .replace(/(^|:)0(:0)+(:|$)/, "::"),
  );

  it.each([
    ["IPv4", v4, 32],
    ["IPv6", v6, 128],
  ] as const)("holds what node:net's BlockList holds, for any block and address of %s", (_, anyAddress, width) => {
    let inside = 0;
    const property = fc.property(anyAddress, fc.integer({ min: 0, max: width }), anyAddress, (host, bits, address) => {
      const list = new BlockList();
      list.addSubnet(host, bits, family(host));
      const expected = list.check(address, family(address));
      expect(contains(`${host}/${bits}`, address)).toBe(expected);
      if (expected) inside++;
    });
    fc.assert(property, { numRuns: 3_000 });
    expect(inside).toBeGreaterThan(300);
  });
});
