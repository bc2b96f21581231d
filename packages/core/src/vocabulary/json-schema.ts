import { z } from "zod";
import { OrchestratorError } from "../errors.js";
import { type JsonObject, toJsonObject } from "../json.js";

/** A JSON object of at most 64 KiB, checked at every depth. */
export const jsonObjectSchema = z.custom<JsonObject>(isJsonObject, "must be a JSON object of at most 64 KiB");

function isJsonObject(value: unknown): boolean {
  try {
    toJsonObject(value, { name: "value", maxBytes: 64 * 1024 });
    return true;
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return false;
    throw error;
  }
}
