/** The workloads that are timed: W1 to W4 ask for one flag, W5 for a thousand. */
export const workloads = {
  w1: { name: "W1", asks: "a constant boolean", detail: "one that is on, among 100 flags" },
  w2: { name: "W2", asks: "a rollout of 25 %", detail: "by user id, 10,000 users in turn, among 100 flags" },
  w3: {
    name: "W3",
    asks: "an experiment",
    detail: "three variants, 50 %, 25 % and 25 %, by user id, 10,000 users in turn",
  },
  w4: {
    name: "W4",
    asks: "a targeting rule",
    detail: "country is Germany or France, and plan is `pro`; 10,000 users in turn",
  },
  w5: { name: "W5", asks: "1,000 flags at once", detail: "constant booleans, half of them on, for one user" },
} as const;

export type Workload = keyof typeof workloads;
export const workloadKeys: readonly Workload[] = ["w1", "w2", "w3", "w4", "w5"];
/** Those about one flag, which can be drawn on one scale and whose bytes are counted. */
export const singleKeys: readonly Workload[] = ["w1", "w2", "w3", "w4"];

/** A figure for each workload that an adapter has. */
export type Figures = Readonly<Partial<Record<Workload, number>>>;

/** What an adapter says of itself. */
export interface AdapterInfo {
  readonly title: string;
  /** Its npm package; a floor has none. */
  readonly package?: string;
  readonly mode: "sync" | "async";
  readonly floor?: boolean;
  /** What is measured of it; everything unless it says so. */
  readonly parts?: readonly Part[];
  readonly note: string;
}

export type Part = "time" | "allocation" | "cold" | "heap";

/** What installing a package brings: packages, itself included, and bytes of files on the disk. */
export interface Footprint {
  readonly packages: number;
  readonly bytes: number;
}

/** All that was measured of one adapter. */
export interface Measured {
  readonly name: string;
  readonly info: AdapterInfo;
  readonly version?: string | undefined;
  readonly footprint?: Footprint | undefined;
  /** Median nanoseconds of a call, a round each. */
  readonly rounds: readonly Figures[];
  /** Bytes that a call allocates. */
  readonly bytes?: Figures | undefined;
  /** Milliseconds from the import to the first answer, a process each. */
  readonly cold: readonly ColdStart[];
  /** Bytes of heap that 10,000 flags add, a pair of processes each. */
  readonly heap: readonly number[];
}

export interface ColdStart {
  readonly import: number;
  readonly total: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
}

/** One run of everything side by side. */
export interface SideBySide {
  readonly measuredAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly measured: readonly Measured[];
}

/** The table that a script of bench/own printed. */
export interface OwnSection {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One run of burgee's own workloads. */
export interface OwnRun {
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly sections: readonly OwnSection[];
}
