import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { giveToServers } from "./postgres-server.js";

const MEGABYTE = 2 ** 20;

/** A file system that is small enough to be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** To be unmounted, where it was mounted. */
  readonly mounted: string | undefined;
  /** Writes a file until there is no byte left; gives how many megabytes it has. */
  fill(): number;
  /** Removes that file. */
  relieve(): void;
  remove(): void;
}

/** Mounts one in memory, or takes the machine's where that is small; else gives why there is none. */
export function smallDisk(megabytes: number): SmallDisk | { readonly problem: string } {
  const folder = mkdtempSync(join(tmpdir(), "burgee-small-disk-"));
  try {
    execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "pipe" });
    giveToServers(folder);
    return diskIn(folder, folder);
  } catch (error) {
    rmSync(folder, { recursive: true });
    return (
      sharedMemory(megabytes) ?? { problem: `no small file system can be mounted: ${(error as Error).message.trim()}` }
    );
  }
}

/** Containers have a /dev/shm of 64 MB, or a little more. A large one is left alone: filling it would fill the memory. */
function sharedMemory(megabytes: number): SmallDisk | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync("/dev/shm");
    if (blocks * bsize > 1_024 * MEGABYTE || bavail * bsize < (megabytes / 2) * MEGABYTE) return undefined;
    const folder = mkdtempSync("/dev/shm/burgee-small-disk-");
    giveToServers(folder);
    return diskIn(folder, undefined);
  } catch {
    return undefined;
  }
}

function diskIn(folder: string, mounted: string | undefined): SmallDisk {
  const ballast = join(folder, "ballast");
  return {
    folder,
    mounted,
    fill: () => fillWith(ballast),
    relieve: () => rmSync(ballast),
    remove: () => {
      if (mounted !== undefined) execFileSync("/bin/umount", ["--lazy", mounted]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fillWith(path: string): number {
  const file = openSync(path, "w");
  let bytes = 0;
  try {
    // Ever smaller pieces, down to the last byte.
    for (let piece = MEGABYTE; piece >= 1; piece = Math.floor(piece / 4)) bytes += writeUntilFull(file, piece);
    fsyncSync(file);
    return Math.round(bytes / MEGABYTE);
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, piece: number): number {
  const bytes = Buffer.alloc(piece, 1);
  for (let written = 0; ; ) {
    try {
      written += writeSync(file, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return written;
      throw error;
    }
  }
}
