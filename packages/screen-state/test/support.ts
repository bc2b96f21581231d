import type { Json, JsonObject } from "@hybrid-orchestrator/core";
import { defineForm, type ScreenActivity } from "../src/index.js";

export const form = defineForm({
  pages: [
    { name: "person", title: "About you", fields: ["name", "email", "ssn"], required: ["name", "ssn"] },
    {
      name: "address",
      title: "Where you live",
      screens: ["/apply/address*"],
      fields: ["street", "city", "zip", "email"],
      required: ["street", "zip"],
    },
    { name: "drivers", fields: ["driver_*"], required: ["driver_*_name"] },
  ],
  fields: {
    ssn: { label: "Social security number" },
    zip: { label: "ZIP code" },
    "driver_*_note": { private: true },
    card_type: { private: false },
    agree: { mustBeTrue: true },
  },
});

let seq = 0;
export const activity = (
  at: number,
  type: string,
  data: JsonObject = {},
  others: Partial<ScreenActivity> = {},
): ScreenActivity => ({ seq: ++seq, type, actor: "user", data, occurredAt: at, ...others });

export const change = (at: number, fieldId: string, value?: Json) =>
  activity(at, "field_change", value === undefined ? { fieldId } : { fieldId, value });

export const snapshot = (at: number, fields: JsonObject, others: JsonObject = {}) =>
  activity(at, "form_snapshot", { fields, ...others });
