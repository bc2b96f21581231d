import { isPrivateName, isPrivateValue, type Json } from "@hybrid-orchestrator/core";
import type { FieldInfo } from "./form.js";

/** Whether a field's value stays here: the application's word, else what id, label and value suggest. */
export function isPrivateField(id: string, info: FieldInfo, value: Json | undefined): boolean {
  if (info.private !== undefined) return info.private;
  return isPrivateName(id) || isPrivateName(info.label) || (value !== undefined && isPrivateValue(value));
}
