// The real service of the gate in all-off.mjs: loaded when its flag is on, and else not.
export const greeter = { greet: async (name) => `Ahoy, ${name}` };
