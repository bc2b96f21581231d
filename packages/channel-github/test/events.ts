/** Webhook payloads in GitHub's shape, shortened to what is near to what is read. Source: docs.github.com, "Webhook events". */

const repository = {
  id: 1296269,
  name: "Desk",
  full_name: "Acme/Desk",
  private: true,
  owner: { login: "Acme", id: 1, type: "Organization" },
  html_url: "https://github.com/Acme/Desk",
};
const issue = {
  id: 1,
  number: 12,
  title: "Alert: struggle",
  html_url: "https://github.com/Acme/Desk/issues/12",
  state: "open",
  user: { login: "hybrid[bot]", id: 2, type: "Bot" },
  locked: false,
  body: "Ada hesitates.\n\n<!-- hybrid: delivery_1 -->",
  closed_at: null as string | null,
  state_reason: null as string | null,
};
const grace = { login: "grace", id: 3, type: "User", site_admin: false };

export interface CommentChanges {
  readonly action?: string;
  readonly comment?: object;
  readonly issue?: object;
  readonly repository?: object;
}

export function commentEvent(changes: CommentChanges = {}) {
  return {
    action: changes.action ?? "created",
    issue: { ...issue, ...changes.issue },
    comment: {
      id: 345,
      html_url: "https://github.com/Acme/Desk/issues/12#issuecomment-345",
      user: grace,
      created_at: "2026-01-01T11:59:30Z",
      author_association: "MEMBER",
      body: "> Ada hesitates.\r\n\r\nCall her.",
      performed_via_github_app: null,
      ...changes.comment,
    },
    repository: { ...repository, ...changes.repository },
    sender: grace,
  };
}

export function closedEvent(changes: { readonly issue?: object } = {}) {
  return {
    action: "closed",
    issue: {
      ...issue,
      state: "closed",
      closed_at: "2026-01-01T11:59:40Z",
      state_reason: "completed",
      ...changes.issue,
    },
    repository,
    sender: grace,
  };
}

export const pingEvent = {
  zen: "Keep it logically awesome.",
  hook_id: 1,
  hook: { type: "Repository" },
  repository,
};
