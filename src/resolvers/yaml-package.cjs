// @ts-check
// What is used of yaml. The build puts the package itself into this file: read from one file, it loads in half the time.
// CommonJS, because a profile is read while `createFlags` waits, and only when there is one.
const { Composer, Lexer, Parser, isAlias, isCollection, isMap, isNode, isPair, isScalar } = require("yaml");

module.exports = { Composer, Lexer, Parser, isAlias, isCollection, isMap, isNode, isPair, isScalar };
