export { type JsonLinesExposuresOptions, jsonLinesExposures } from "./json-lines-exposures.js";
