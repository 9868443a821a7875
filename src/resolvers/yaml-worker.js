// @ts-check
// The worker thread that reads a large profile. It is given the text, and answers twice: when it is ready to read, so
// that whoever waits can tell a thread that cannot start from one that died, and with the tree.
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { readTree } from "./yaml-tree.js";

const yaml = createRequire(import.meta.url)("./yaml-package.cjs");
parentPort?.postMessage("ready");
const tree = readTree(yaml, workerData);
parentPort?.postMessage(tree, [tree.nodes.buffer]);
