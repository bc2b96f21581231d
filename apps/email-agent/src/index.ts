export {
  createEmailAgent,
  type EmailAgent,
  type EmailAgentDependencies,
  type RunningAt,
} from "./agent.js";
export type { Mail, MailEvent, MailEventType, MailSummary } from "./mail.js";
export { readSettings, type Settings, type SettingsInput } from "./settings.js";
