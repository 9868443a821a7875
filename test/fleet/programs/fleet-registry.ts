import { defineFlags, flag } from "burgee";

/** Five counters that all processes count up together, twenty flags that they set as they like, and one for an emergency. */
export const fleetRegistry = defineFlags({
  count_0: flag.number({ default: 0 }),
  count_1: flag.number({ default: 0 }),
  count_2: flag.number({ default: 0 }),
  count_3: flag.number({ default: 0 }),
  count_4: flag.number({ default: 0 }),
  switch_0: flag.boolean({ default: false }),
  switch_1: flag.boolean({ default: true }),
  switch_2: flag.boolean({ default: false }),
  switch_3: flag.boolean({ default: true }),
  switch_4: flag.boolean({ default: true, safe: true }),
  switch_5: flag.boolean({ default: false }),
  switch_6: flag.boolean({ default: true }),
  child: flag.boolean({ default: true, dependsOn: ["switch_6"] }),
  grandchild: flag.boolean({ default: true, dependsOn: ["child"] }),
  color_0: flag.oneOf(["red", "green", "blue"], { default: "red" }),
  color_1: flag.oneOf(["red", "green", "blue"], { default: "green" }),
  color_2: flag.oneOf(["red", "green", "blue"], { default: "blue" }),
  model_0: flag.experiment({ control: 50, a: 25, b: 25 }, { default: "control" }),
  model_1: flag.experiment({ control: 50, a: 25, b: 25 }, { default: "control" }),
  size_0: flag.number({ default: 10 }),
  size_1: flag.number({ default: 10 }),
  text_0: flag.string({ default: "hello" }),
  text_1: flag.string({ default: "hello" }),
  text_2: flag.string({ default: "hello" }),
  text_3: flag.string({ default: "hello" }),
  emergency: flag.boolean({ default: true }),
});

export type FleetFlags = typeof fleetRegistry.definitions;

export const counters = ["count_0", "count_1", "count_2", "count_3", "count_4"] as const;
export const switches = [
  ...(["switch_0", "switch_1", "switch_2", "switch_3", "switch_4", "switch_5"] as const),
  ...(["switch_6", "child", "grandchild"] as const),
] as const;
export const colors = ["color_0", "color_1", "color_2"] as const;
export const models = ["model_0", "model_1"] as const;
export const sizes = ["size_0", "size_1"] as const;
export const texts = ["text_0", "text_1", "text_2", "text_3"] as const;
