import { openScratchPostgres, type ScratchPostgres } from "../scratch-postgres.js";
import { users } from "./flags.js";
import { Fleet, isAgreement } from "./fleet.js";
import { accountLine, eventLine, headLine } from "./table.js";

const began = performance.now();
const database = await openScratchPostgres();
const fleet = new Fleet(database.url);
try {
  await run(fleet, database);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await fleet.kill();
  await database.stop();
}

async function run(fleet: Fleet, database: ScratchPostgres): Promise<void> {
  for (const name of ["1", "2", "3", "4"]) fleet.start(name);
  console.log(
    `${users.length.toLocaleString("en")} users, decided by every instance all the time; rN: revision N is applied\n`,
  );
  console.log(headLine(fleet.names));
  await fleet.agree(0);
  say("four processes on one PostgreSQL; the flag is off");

  await rollOut(fleet);
  await killAndReplace(fleet);
  await loseTheDatabase(fleet, database);

  const agreed = isAgreement(fleet.decided());
  const accounts = await fleet.end();
  console.log("");
  for (const [name, account] of accounts) console.log(accountLine(name, account));
  const failures = [...accounts.values()].reduce((sum, account) => sum + account.failures, 0);
  if (!agreed || failures > 0) throw new Error("the instances do not agree, or some could not decide");
  console.log("all agree");
}

async function rollOut(fleet: Fleet): Promise<void> {
  const quarter = users.length / 4;
  await obeyed(fleet.of("1").ask({ order: "rollout", percentage: 25 }));
  // A rollout of 25 % is a quarter of these users within a few.
  await fleet.until(
    "all have a quarter on",
    (decided) => decided.every((one) => near(one?.on, quarter)) && isAgreement(decided),
  );
  say("instance 1 sets the rollout to 25 %");
  await obeyed(fleet.of("3").ask({ order: "rollout", percentage: 100 }));
  await fleet.agree(users.length);
  say("instance 3 sets it to 100 %");
}

async function killAndReplace(fleet: Fleet): Promise<void> {
  await fleet.of("2").kill();
  say("instance 2 is killed, as by kill -9");
  fleet.start("2");
  await fleet.agree(users.length);
  say("another takes its place, and agrees at once");
}

async function loseTheDatabase(fleet: Fleet, database: ScratchPostgres): Promise<void> {
  await database.goDown();
  await fleet.until("all are stale", (decided) => decided.every((one) => one?.state === "stale"));
  say("PostgreSQL is stopped: all go on with what they know");
  const code = await fleet.of("1").ask({ order: "rollout", percentage: 50 });
  say(`instance 1 sets it to 50 %: ${code ?? "accepted"}`);
  await obeyed(fleet.of("4").ask({ order: "kill here" }));
  await fleet.until("instance 4 has nobody on", (decided) => decided[3]?.on === 0);
  say("instance 4 kills the flag, with local: true");
  await database.comeBack();
  await fleet.agree(0);
  say("PostgreSQL is back: the kill reaches everybody");
  await obeyed(fleet.of("2").ask({ order: "revive" }));
  await fleet.agree(users.length);
  say("instance 2 revives the flag");
}

function say(what: string): void {
  console.log(eventLine(performance.now() - began, what, fleet.decided()));
}

async function obeyed(outcome: Promise<string | undefined>): Promise<void> {
  const code = await outcome;
  if (code !== undefined) throw new Error(`an order was refused: ${code}`);
}

function near(on: number | undefined, wanted: number): boolean {
  return on !== undefined && Math.abs(on - wanted) < users.length / 20;
}
