// Stands in for a Python that trains: it speaks the protocol, well or badly, as the variable STAND_IN asks. One word may
// be meant for one rank: "die@1 hang@0".
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";

const { RANK = "0", WORLD_SIZE = "1", STAND_IN = "good", STAND_IN_PROBE, MASTER_PORT } = process.env;
const rank = Number(RANK);
const behaviour = STAND_IN.split(" ")
  .map((word) => word.split("@"))
  .find(([, of = RANK]) => of === RANK)?.[0];

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const log = (message) => tell({ event: "log", level: "info", message });
const forever = () => setInterval(() => {}, 1_000_000);

function start(job, more = {}) {
  tell({
    event: "start",
    rank,
    world_size: Number(WORLD_SIZE),
    pid: process.pid,
    python: "3.11.2",
    torch: "2.6.0",
    strategy: job.strategy,
    device: "cpu",
    parameters: 100,
    shard_parameters: 100 / Number(WORLD_SIZE),
    resumed_from: null,
    steps: job.steps,
    ...more,
  });
}

function steps(job) {
  for (const step of [1, 2]) tell({ event: "step", step, loss: 1 / step, samples_per_second: 10, memory_bytes: 1_000 });
  tell({ event: "checkpoint", step: 2, path: `${job.checkpoint?.folder}/step-00000002.safetensors` });
}

function done(job) {
  if (rank === 0) tell({ event: "done", step: job.steps, loss: 0.25, path: "/somewhere/step-00000003.safetensors" });
}

const fail = (type, message, more = {}) =>
  tell({ event: "error", rank, type, message, traceback: `Traceback of ${type}`, ...more });

const onInt = (act) => process.on("SIGINT", act);
const politely = () => {
  if (rank === 0) tell({ event: "cancelled", step: 2, path: "/somewhere/step-00000002.safetensors" });
  // As soon as what was told is written.
  process.exitCode = 130;
  process.stdin.destroy();
  clearInterval(waiting);
};
let waiting;
const hang = (job) => {
  start(job);
  if (rank === 0) steps(job);
  waiting = forever();
};

const acts = {
  good(job) {
    start(job);
    if (rank === 0) steps(job);
    done(job);
    process.stdin.destroy();
  },
  hang(job) {
    onInt(politely);
    hang(job);
  },
  mute() {
    onInt(politely);
    waiting = forever();
  },
  // Prints without end, and nothing of it is news.
  chatter() {
    onInt(politely);
    waiting = setInterval(() => log("still there"), 10);
  },
  stubborn(job) {
    onInt(() => log("no SIGINT"));
    hang(job);
  },
  immortal(job) {
    onInt(() => log("no SIGINT"));
    process.on("SIGTERM", () => log("no SIGTERM"));
    hang(job);
  },
  // What it starts stays in its group, takes no hint, and keeps its output open.
  parent(job) {
    const script =
      'for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => {}); setInterval(() => {}, 1e6); console.error("up");';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "inherit", "pipe"] });
    child.stderr.once("data", () => {
      log(`child ${child.pid}`);
      onInt(() => {
        tell({ event: "cancelled", step: 2, path: null });
        process.exit(130);
      });
      hang(job);
    });
  },
  // What it starts leaves its group, and keeps its output open.
  runaway(job) {
    const script = "setTimeout(() => {}, 20000)";
    const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
    log(`child ${child.pid}`);
    child.unref();
    acts.good(job);
  },
  lingers(job) {
    start(job);
    steps(job);
    done(job);
    waiting = forever();
  },
  garbage(job) {
    process.stdout.write("not JSON\n\n[1, 2]\nnull\n42\n");
    process.stdout.write('{"event":"step","step":"one"}\n{"event":"new-thing","x":1}\n{"event":"step","step":1,"lo');
    process.stdout.write('ss":NaN}\n');
    process.stdout.write(`${"x".repeat(10_000_000)}\n`);
    for (const level of ["debug", "warn", "warning", "error", "odd"]) tell({ event: "log", level, message: level });
    acts.good(job);
  },
  pretends(job) {
    tell({ event: "done", step: 3, loss: 0, path: "/nowhere" });
    acts.good(job);
  },
  unfinished(job) {
    start(job);
    process.stdout.write('{"event":"log","level":"info","message":"no line end"}');
    process.stdin.destroy();
  },
  die(job) {
    start(job);
    fail("ValueError", "a row is wrong");
    process.exitCode = 1;
    process.stdin.destroy();
  },
  // The file that it is given names the error.
  data(job) {
    start(job);
    fail(job.data.path?.split("/").at(-1) ?? "DataError", "flowers.csv, line 3: not a number");
    process.exitCode = 1;
    process.stdin.destroy();
  },
  // Asked to end, it cannot write its checkpoint.
  full(job) {
    onInt(() => {
      fail("OSError", "[Errno 28] No space left on device");
      process.exitCode = 1;
      process.stdin.destroy();
      clearInterval(waiting);
    });
    hang(job);
  },
  // A library prints where the program does not speak.
  prints(job) {
    process.stderr.write(`UserWarning: slow\n\n${"z".repeat(3_000)}\nthe la`);
    process.stderr.write("st");
    acts.good(job);
  },
  // It tells first that it lost another, and says so.
  bereaved(job) {
    start(job);
    fail("RuntimeError", "another rank has ended", { consequence: true });
    waiting = forever();
  },
  // The same, in torch's own words.
  cutOff(job) {
    start(job);
    fail("RuntimeError", "[pair.cc:598] Connection closed by peer [127.0.0.1]:1234");
    waiting = forever();
  },
  crash(job) {
    start(job);
    process.stderr.write(`${"y".repeat(70_000)}\nSegmentation fault, or so\n`);
    process.exitCode = 3;
    process.stdin.destroy();
  },
  silentCrash() {
    process.exit(4);
  },
  killed(job) {
    start(job);
    process.kill(process.pid, "SIGKILL");
  },
  aborted(job) {
    start(job);
    process.kill(process.pid, "SIGABRT");
  },
  stepsAside(job) {
    start(job);
    tell({ event: "cancelled", step: 7, path: null });
    process.exitCode = 130;
    process.stdin.destroy();
  },
  // The first port is taken; the file remembers it.
  port(job) {
    const marker = job.data.path;
    if (existsSync(marker)) return acts.good(job);
    if (rank !== 0) return hang(job);
    writeFileSync(marker, MASTER_PORT);
    fail("OSError", "[Errno 98] Address already in use");
    process.exitCode = 1;
    process.stdin.destroy();
  },
  variables(job) {
    log(JSON.stringify({ variables: process.env, job }));
    acts.good(job);
  },
};

function probe() {
  const usual = {
    executable: process.argv[1],
    python: "3.11.2",
    torch: "2.6.0+cpu",
    problem: null,
    distributed: true,
    gloo: true,
    nccl: false,
    cuda_devices: 0,
    fsdp1: true,
    fsdp2: false,
  };
  if (process.env.STAND_IN_COUNT) appendFileSync(process.env.STAND_IN_COUNT, ".");
  if (STAND_IN_PROBE === "hang") {
    process.stdin.resume().on("end", () => process.exit(143));
    return forever();
  }
  if (STAND_IN_PROBE === "quiet") return process.exit(3);
  if (STAND_IN_PROBE === "parent") {
    // What it starts takes no hint.
    const script =
      'for (const s of ["SIGINT", "SIGTERM"]) process.on(s, () => {}); setInterval(() => {}, 1e6); console.log("up");';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    return child.stdout.once("data", () => writeFileSync(process.env.STAND_IN_COUNT, String(child.pid)));
  }
  if (STAND_IN_PROBE === "orphan") {
    // As probe.py does it: without a parent it ends at once.
    process.stdin.resume().on("end", () => process.exit(143));
    return setTimeout(() => {
      tell({ ...usual, strategies: { cpu: ["ddp"], cuda: [] } });
      process.stdin.destroy();
    }, 100);
  }
  if (STAND_IN_PROBE === "nonsense") return process.stdout.write("hello\n");
  if (STAND_IN_PROBE === "fails") {
    process.stderr.write("no module named encodings\n");
    return process.exit(1);
  }
  const found = { ...usual, ...JSON.parse(STAND_IN_PROBE ?? "{}") };
  const able = ["ddp", found.fsdp1 && "fsdp1", found.fsdp2 && "fsdp2"].filter((strategy) => strategy);
  const cpu = found.distributed && found.gloo ? able : [];
  const cuda = found.distributed && found.nccl && found.cuda_devices > 0 ? able : [];
  return tell({ strategies: { cpu, cuda }, ...found });
}

if (process.argv.some((word) => word.endsWith("probe.py"))) probe();
else {
  let given = "";
  process.stdin.setEncoding("utf8").on("data", (chunk) => {
    const isFirst = !given.includes("\n");
    given += chunk;
    if (isFirst && given.includes("\n")) acts[behaviour](JSON.parse(given));
  });
  process.stdin.on("end", () => process.exit(143));
}
