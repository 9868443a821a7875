import { FOUR_SIGMA, reportOn } from "./report.js";

reportOn("moves", "Who moves when a rule changes, and who must not", FOUR_SIGMA);
