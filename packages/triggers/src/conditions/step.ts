import { type Activity, compileGlob, fieldIdOf, type StepPattern, sameJson } from "@hybrid-orchestrator/core";
import { member } from "../json-tools.js";

export type StepTest = (activity: Activity) => boolean;

/** Whether an entry is that step: its type, its field and members of its data all match. */
export function compileStep({ activity: type, field, data }: StepPattern): StepTest {
  const isType = compileGlob(type);
  const isField = field === undefined ? null : compileGlob(field);
  const members = Object.entries(data ?? {});
  return (activity) => {
    if (!isType(activity.type)) return false;
    if (isField !== null) {
      const id = fieldIdOf(activity.data);
      if (id === null || !isField(id)) return false;
    }
    return members.every(([key, wanted]) => {
      const value = member(activity.data, key);
      return value !== undefined && sameJson(value, wanted);
    });
  };
}

/** A step in words: `field_change of ssn`. */
export function tellStep({ activity, field, data }: StepPattern): string {
  const where = field === undefined ? "" : ` of ${field}`;
  return `${activity}${where}${data === undefined ? "" : ` with ${JSON.stringify(data)}`}`;
}
