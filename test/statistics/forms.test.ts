import { reportOn } from "./report.js";

reportOn("forms", "Ids of every form are spread evenly: 20 flags, 10,000 ids, a hundred cells");
