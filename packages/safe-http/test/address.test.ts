import { BlockList } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKind, isPublicAddress } from "../src/index.js";

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join("."));
const ipv6 = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map(hextets);

// IANA's registries of special-purpose addresses, and what is multicast or reserved, written down on their own.
const specialIPv4 = blockList(
  "ipv4",
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
  203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32`,
);
const specialIPv6 = blockList(
  "ipv6",
  "::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20",
);

describe("an address", () => {
  it.each([
    ["93.184.216.34", "public"],
    ["127.0.0.1", "loopback"],
    ["10.0.0.1", "private"],
    ["100.64.0.1", "private"],
    ["169.254.1.1", "link_local"],
    ["169.254.169.254", "metadata"],
    ["168.63.129.16", "metadata"],
    ["fd00:0ec2:0000::0254", "metadata"],
    ["224.0.0.1", "multicast"],
    ["0.0.0.0", "unspecified"],
    ["255.255.255.255", "reserved"],
    ["192.0.2.1", "reserved"],
    ["2606:4700::1111", "public"],
    ["::1", "loopback"],
    ["::", "unspecified"],
    ["fd12::1", "private"],
    ["fe80::1", "link_local"],
    ["::ffff:1.1.1.1", "embedded"],
    ["::1.1.1.1", "embedded"],
    ["::101:101", "embedded"],
    ["64:ff9b::1.1.1.1", "embedded"],
    ["2002:101:101::", "embedded"],
    ["2001::1", "embedded"],
    ["2606:4700::5efe:101:101", "embedded"],
    ["4000::1", "reserved"],
    ["fe80::1%eth0", "not_an_address"],
    ["127.1", "not_an_address"],
  ])("%s is %s", (address, kind) => {
    expect(addressKind(address)).toBe(kind);
    expect(isPublicAddress(address)).toBe(kind === "public");
  });

  it("of version 4 is public exactly where IANA has set nothing aside", () => {
    const firstBytes = [0, 10, 100, 127, 168, 169, 172, 192, 198, 203, 224, 239, 240, 255];
    const near = fc
      .tuple(fc.constantFrom(...firstBytes), ipv4)
      .map(([first, rest]) => [first, ...rest.split(".").slice(1)].join("."));
    fc.assert(
      fc.property(fc.oneof(ipv4, near), (address) => {
        expect(isPublicAddress(address)).toBe(!specialIPv4.check(address, "ipv4"));
      }),
      { numRuns: 5_000 },
    );
  });

  it("of version 6 is never public where IANA has set something aside", () => {
    // Near the ranges' edges, where chance alone seldom comes.
    const prefixes = [
      "::",
      "2001:",
      "2001:0db8:",
      "2002:",
      "2620:4f:8000:",
      "3fff:",
      "fc00:",
      "fe80:",
      "ff02:",
    ];
    const near = fc.tuple(fc.constantFrom(...prefixes), ipv6).map(([prefix, rest]) => {
      const parts = prefix.split(":").filter((part) => part !== "");
      return [...parts, ...rest.split(":").slice(parts.length)].join(":");
    });
    fc.assert(
      fc.property(fc.oneof(ipv6, near), (address) => {
        if (specialIPv6.check(address, "ipv6")) expect(isPublicAddress(address)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it("of version 4 is never public inside one of version 6", () => {
    const wrappers: ((high: number, low: number) => number[])[] = [
      (high, low) => [0, 0, 0, 0, 0, 0, high, low],
      (high, low) => [0, 0, 0, 0, 0, 0xffff, high, low],
      (high, low) => [0, 0, 0, 0, 0xffff, 0, high, low],
      (high, low) => [0x64, 0xff9b, 0, 0, 0, 0, high, low],
      (high, low) => [0x64, 0xff9b, 1, 0, 0, 0, high, low],
      (high, low) => [0x2002, high, low, 0, 0, 0, 0, 1],
      (high, low) => [0x2001, 0, high, low, 0, 0, 0, 1],
      (high, low) => [0x2001, 0, 0, 0, 0, 0, ~high & 0xffff, ~low & 0xffff],
      (high, low) => [0x2606, 0x4700, 0, 0, 0, 0x5efe, high, low],
      (high, low) => [0x2606, 0x4700, 0, 0, 0x200, 0x5efe, high, low],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...wrappers), fc.nat(0xffff), fc.nat(0xffff), (wrap, high, low) => {
        expect(isPublicAddress(hextets(wrap(high, low)))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

function hextets(parts: readonly number[]): string {
  return parts.map((part) => part.toString(16)).join(":");
}

function blockList(family: "ipv4" | "ipv6", ranges: string): BlockList {
  const list = new BlockList();
  for (const range of ranges.split(/\s+/)) {
    const [network = "", bits] = range.split("/");
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
