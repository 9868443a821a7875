import { reportOn } from "./report.js";

reportOn("independence", "Where a unit falls tells nothing of where else it falls: 10,000 units, ten by ten cells");
