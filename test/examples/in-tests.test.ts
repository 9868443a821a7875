// The example's own tests, run with all the others.
import "../../examples/in-tests/test/checkout.test.js";
