import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { DCLinter } from "dclint";
import { parse as parseEnv } from "dotenv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { readArguments } from "../../examples/compose/arguments.js";
import { registry } from "../../examples/compose/features.js";
import { containers, planFor, shellLine } from "../../examples/compose/plan.js";
import { closedPort } from "../services/code-completion/fixtures/loopback.js";
import { cleanVariables, root, runExample, tsx } from "./child.js";

const folder = join(root, "examples/compose");
const script = "compose/start-with-features.ts";
const file = "examples/compose/compose.yaml";
const off = { ENABLE_FSDP: "false", ENABLE_TABBY: "false" };

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.array(z.string()).default([]),
      ports: z.array(z.string()).default([]),
      profiles: z.array(z.string()).default([]),
      depends_on: z.unknown().optional(),
    }),
  ),
});
const compose = composeSchema.parse(parseYaml(await readFile(join(root, file), "utf8")));
const example = parseEnv(await readFile(join(folder, ".env.example"), "utf8"));

describe("compose.yaml", () => {
  it("has nothing that dclint objects to, with every rule on", async () => {
    const config = parseYaml(await readFile(join(folder, ".dclintrc.yaml"), "utf8"));
    expect(config.rules).toEqual({ "require-quotes-in-ports": [1, { quoteType: "double" }] });
    const results = new DCLinter(config).lintFiles([folder], false);
    expect(results.map((result: { readonly messages: readonly unknown[] }) => result.messages)).toEqual([[]]);
  });

  it("has the profiles of the flags, and `optional` for all of them", () => {
    const profiles = Object.entries(compose.services)
      .filter(([, service]) => service.profiles.length > 0)
      .map(([name, service]) => ({ name, profiles: service.profiles }));
    expect(profiles).toEqual([
      { name: "fsdp", profiles: ["fsdp", "optional"] },
      { name: "tabbyml", profiles: ["tabby", "optional"] },
    ]);
    expect(containers.map(({ service, profile }) => ({ name: service, profiles: [profile, "optional"] }))).toEqual(
      profiles,
    );
    expect(containers.map(({ flag }) => flag)).toEqual(registry.names);
  });

  it("has an app that runs without the others, on port 10010 of this machine", () => {
    expect(compose.services.app).toMatchObject({ profiles: [], ports: ["127.0.0.1:10010:10010"] });
    expect(compose.services.app).not.toHaveProperty("depends_on");
  });

  it("gives the app every variable of .env.example, with the same default", () => {
    const given = (compose.services.app?.environment ?? []).flatMap((line) => {
      const [, name, fallback] = /^(\w+)=\$\{\1:-(.*)\}$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, fallback]];
    });
    expect(Object.fromEntries(given)).toEqual(example);
    expect(example).toEqual({ ...off, TABBY_URL: "http://tabbyml:8080", TABBY_API_KEY: "" });
  });
});

const combinations = [
  { on: [], up: [], stop: ["--profile fsdp --profile tabby stop fsdp tabbyml"] },
  { on: ["fsdp"], up: ["--profile fsdp"], stop: ["--profile tabby stop tabbyml"] },
  { on: ["tabby"], up: ["--profile tabby"], stop: ["--profile fsdp stop fsdp"] },
  { on: ["fsdp", "tabby"], up: ["--profile fsdp --profile tabby"], stop: [] },
];

describe("the plan", () => {
  it.each(combinations)("starts what is on and stops what is off: $on", async ({ on, up, stop }) => {
    const start = ["docker compose --file", file, ...up, "up --detach"].join(" ");
    const lines = [start, ...stop.map((words) => `docker compose --file ${file} ${words}`)];
    const flags = on.map((name) => `enable_${name}`);
    expect(planFor(new Set(flags), file).map(shellLine)).toEqual(lines);

    const variables = { ...off, ...Object.fromEntries(flags.map((flag) => [flag.toUpperCase(), "true"])) };
    expect(await runExample(script, ["--dry-run"], variables)).toEqual({
      code: 0,
      stdout: `${lines.join("\n")}\n`,
      stderr: "",
    });
  });

  it("prints itself as JSON", async () => {
    const { stdout } = await runExample(script, ["--dry-run", "--json"], { ...off, ENABLE_TABBY: "on" });
    expect(JSON.parse(stdout)).toEqual({ on: ["enable_tabby"], commands: planFor(new Set(["enable_tabby"]), file) });
  });

  it("starts a container that only a share of the users needs", async () => {
    const { stdout } = await runExample(script, ["--dry-run"], { ...off, ENABLE_TABBY: "25%" });
    expect(stdout).toContain("--profile tabby up --detach");
  });

  it("writes a line that a shell can read, whatever the folder is called", () => {
    expect(shellLine(["docker", "compose", "--file", "it's here/compose.yaml"])).toBe(
      "docker compose --file 'it'\\''s here/compose.yaml'",
    );
  });
});

describe("the script", () => {
  it.each([["--dryrun"], ["--json"], ["tabby"], ["--dry-run=yes"]])("does not know what %s means", (word) => {
    expect(readArguments([word])).toEqual(expect.stringMatching(/^\S/));
  });

  it("refuses what it does not know, and shows its usage", async () => {
    const { code, stdout, stderr } = await runExample(script, ["--dryrun"], { ...off, PATH: "/nowhere" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/--dryrun[\s\S]+Usage: npx tsx examples\/compose\/start-with-features\.ts/);
  });

  it("tells how it is used", async () => {
    const { code, stdout } = await runExample(script, ["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--dry-run");
  });
});

describe("the script and docker", () => {
  // A `docker` that writes down what it is asked, and fails as it is told to. It has compose, unless it is told not to.
  const standIn = `#!/bin/sh
[ "$*" != "compose version" ] || exit "\${VERSION_EXIT:-0}"
printf '%s|%s\\n' "$COMPOSE_PROFILES" "$*" >> "$DOCKER_LOG"
case "$*" in
  *" up "*) [ -z "$UP_SIGNAL" ] || kill -"$UP_SIGNAL" $$; exit "\${UP_EXIT:-0}" ;;
  *) exit "\${STOP_EXIT:-0}" ;;
esac
`;
  let bin: string;
  let log: string;
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), "burgee-docker-"));
    log = join(bin, "log");
    await writeFile(join(bin, "docker"), standIn);
    await chmod(join(bin, "docker"), 0o755);
    await writeFile(log, "");
  });
  afterEach(() => rm(bin, { recursive: true }));

  const run = (variables: Readonly<Record<string, string>>) =>
    runExample(script, [], {
      ...off,
      ENABLE_TABBY: "true",
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      DOCKER_LOG: log,
      ...variables,
    });
  const asked = async () => (await readFile(log, "utf8")).trimEnd().split("\n");
  const up = `|compose --file ${file} --profile tabby up --detach`;
  const stop = `|compose --file ${file} --profile fsdp stop fsdp`;

  it("calls it with the plan, and says so", async () => {
    const { code, stderr } = await run({});
    expect({ code, stderr }).toEqual({ code: 0, stderr: `docker ${up.slice(1)}\ndocker ${stop.slice(1)}\n` });
    expect(await asked()).toEqual([up, stop]);
  });

  it("lets no COMPOSE_PROFILES start what is off", async () => {
    expect(await run({ COMPOSE_PROFILES: "optional" })).toMatchObject({ code: 0 });
    expect(await asked()).toEqual([up, stop]);
  });

  it("ends with the exit code of the call that failed, and makes no further one", async () => {
    expect(await run({ UP_EXIT: "17" })).toMatchObject({ code: 17 });
    expect(await asked()).toEqual([up]);
    expect(await run({ STOP_EXIT: "9" })).toMatchObject({ code: 9 });
    expect(await run({ UP_SIGNAL: "TERM" })).toMatchObject({ code: 143 });
  });

  it("says where docker has no compose, and calls nobody", async () => {
    expect(await run({ VERSION_EXIT: "1" })).toEqual({
      code: 127,
      stdout: "",
      stderr: expect.stringMatching(/^`docker compose version` failed: .*plugin is not.*docs\.docker\.com/),
    });
    expect(await asked()).toEqual([""]);
  });

  it("says where there is no docker", async () => {
    const nowhere = join(bin, "nowhere");
    expect(await run({ PATH: nowhere })).toMatchObject({
      code: 127,
      stderr: expect.stringMatching(/^docker could not be started: [^\n]+\n$/),
    });
  });

  it("calls nobody where a variable cannot be used, and does not repeat an address", async () => {
    const { code, stderr } = await run({ ENABLE_FSDP: "maybe", TABBY_URL: "secret place" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/ENABLE_FSDP/);
    expect(stderr).toMatch(/TABBY_URL/);
    expect(stderr).not.toContain("secret place");
    expect(await asked()).toEqual([""]);
  });

  it("reads the .env beside it, and the process wins", async () => {
    for (const name of await readdir(folder)) if (name !== ".env") await copyFile(join(folder, name), join(bin, name));
    await writeFile(join(bin, "package.json"), '{ "type": "module" }');
    await writeFile(join(bin, ".env"), "ENABLE_FSDP=true\nENABLE_TABBY=true\n");
    const path = relative(join(root, "examples"), join(bin, "start-with-features.ts"));
    const { stdout, stderr } = await runExample(path, ["--dry-run"], { ENABLE_TABBY: "false" }, bin);
    expect({ stdout, stderr }).toEqual({
      stdout:
        "docker compose --file compose.yaml --profile fsdp up --detach\n" +
        "docker compose --file compose.yaml --profile tabby stop tabbyml\n",
      stderr: "",
    });
  });
});

describe("the app", () => {
  const start = async (variables: Readonly<Record<string, string>>) => {
    const command = [tsx, "--tsconfig", join(root, "tsconfig.json"), join(folder, "main.ts")];
    const child = spawn(process.execPath, command, {
      env: cleanVariables({ ...off, PORT: "0", ...variables }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const [line] = await Promise.race([
      once(createInterface(child.stdout), "line"),
      exited.then(([code]) => Promise.reject(new Error(`the app ended with ${code}`))),
    ]);
    const get = async (path: string) => {
      const answer = await fetch(new URL(path, line));
      return { status: answer.status, body: await answer.json() };
    };
    /** As it is, which fetch would mend. */
    const getRaw = async (path: string) => {
      const [answer] = await once(request(new URL(line), { path, agent: false }).end(), "response");
      return { status: answer.statusCode, body: JSON.parse((await answer.toArray()).join("")) };
    };
    const stop = async () => {
      child.kill("SIGTERM");
      return exited;
    };
    return { get, getRaw, stop };
  };

  it("tells that nothing is on, and completes nothing", async () => {
    const { get, stop } = await start({});
    const disabled = { enabled: false, state: "disabled", healthy: true };
    expect(await get("/api/v1/features")).toEqual({
      status: 200,
      body: { enable_fsdp: disabled, enable_tabby: disabled },
    });
    expect(await get("/api/v1/complete?code=def%20f")).toMatchObject({
      status: 200,
      body: { choices: [], message: expect.stringContaining("ENABLE_TABBY") },
    });
    expect(await get("/api/v1/feature")).toMatchObject({ status: 404 });
    expect(await stop()).toEqual([0, null]);
  });

  it("lives on after an address that is none", async () => {
    const { get, getRaw, stop } = await start({});
    for (const path of ["//", "//?code=x", "http://["]) expect(await getRaw(path)).toMatchObject({ status: 400 });
    expect(await get("/api/v1/features")).toMatchObject({ status: 200 });
    expect(await stop()).toEqual([0, null]);
  });

  it("tells what is on, and keeps the address of a server that is away to itself", async () => {
    const { get, stop } = await start({ ENABLE_TABBY: "true", TABBY_URL: await closedPort() });
    expect(await get("/api/v1/features")).toMatchObject({
      body: { enable_fsdp: { enabled: false }, enable_tabby: { enabled: true, state: "idle" } },
    });
    expect(await get("/api/v1/complete?code=def%20f")).toEqual({
      status: 502,
      body: { error: "code completion did not answer" },
    });
    expect(await stop()).toEqual([0, null]);
  });
});
