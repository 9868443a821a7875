import { reportOn } from "./report.js";

reportOn("uniformity", "1,000 flags spread 100,000 units evenly over a hundred cells");
