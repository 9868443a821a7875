import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Footprint } from "../report/results.js";

/** What package-lock.json says of a package, by its place in the tree. */
export interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export type Lock = Readonly<Record<string, LockedPackage>>;

/** The places of all packages that an installation of the one at `start` brings, its own included. */
export function closure(lock: Lock, start: string): readonly string[] {
  const found = new Set([start]);
  for (const place of found) {
    for (const name of dependenciesOf(lock[place] ?? {})) {
      const next = placeOf(lock, name, place);
      if (next !== undefined) found.add(next);
    }
  }
  return [...found];
}

function dependenciesOf(locked: LockedPackage): readonly string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = locked;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers];
}

/** Where Node would find a package from another's place: beside it, or further up. */
function placeOf(lock: Lock, name: string, from: string): string | undefined {
  const inside = from === "" ? `node_modules/${name}` : `${from}/node_modules/${name}`;
  if (Object.hasOwn(lock, inside)) return inside;
  const up = from.lastIndexOf("/node_modules/");
  if (up >= 0) return placeOf(lock, name, from.slice(0, up));
  return from === "" ? undefined : placeOf(lock, name, "");
}

/** The footprint of a package that is installed in a folder; undefined where it is not. */
export function installedFootprint(folder: string, name: string): Footprint | undefined {
  return footprint(folder, `node_modules/${name}`, sizeOf(join(folder, "node_modules", name)));
}

/** The footprint of the project in a folder, as if its tarball were installed. */
export function projectFootprint(folder: string): Footprint | undefined {
  const { files } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { files: readonly string[] };
  return footprint(
    folder,
    "",
    ["package.json", ...files].reduce((sum, file) => sum + sizeOf(join(folder, file)), 0),
  );
}

function footprint(folder: string, start: string, ownBytes: number): Footprint | undefined {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as { packages: Lock };
  const others = closure(packages, start).filter((place) => place !== start && existsSync(join(folder, place)));
  const bytes = others.reduce((sum, place) => sum + sizeOf(join(folder, place)), ownBytes);
  return Object.hasOwn(packages, start) ? { packages: others.length + 1, bytes } : undefined;
}

/** Bytes of a file, or of all files in a folder. Packages inside a package are counted on their own. */
function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.size ?? 0;
  const inside = readdirSync(path).filter((name) => name !== "node_modules");
  return inside.reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
