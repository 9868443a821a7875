import { FOUR_SIGMA, reportOn } from "./report.js";

reportOn("shares", "Shares are given to as many as the rule says, in standard deviations", FOUR_SIGMA);
