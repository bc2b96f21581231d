import { addressOn, type Recipient } from "@hybrid-orchestrator/core";

/** A repository in one spelling: GitHub does not tell upper case from lower case. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
}

export interface IssueReference extends Repository {
  readonly number: number;
}

// Letters, digits and hyphens for owners, dots and underscores besides for repositories; enterprise users have one underscore.
const repositoryPattern = /^([a-z\d](?:[a-z\d_-]{0,99}))\/([a-z\d._-]{1,100})$/;

/** Undefined unless it is `owner/repository`. */
export function parseRepository(text: string): Repository | undefined {
  const [, owner, name] = repositoryPattern.exec(text.trim().toLowerCase()) ?? [];
  if (owner === undefined || name === undefined || name === "." || name === "..") return undefined;
  return { owner, name };
}

export function repositoryName({ owner, name }: Repository): string {
  return `${owner}/${name}`;
}

/** Undefined unless it is what {@link issueName} writes. */
export function parseIssue(text: string): IssueReference | undefined {
  const [, repositoryText = "", digits] = /^([^#]+)#([1-9]\d{0,14})$/.exec(text) ?? [];
  const repository = parseRepository(repositoryText);
  return repository === undefined ? undefined : { ...repository, number: Number(digits) };
}

/** `owner/repository#12`: the external id of a session's first message. */
export function issueName({ number, ...repository }: IssueReference): string {
  return `${repositoryName(repository)}#${number}`;
}

/** `owner/repository#12/comment-345`: the external id of every later message, and of what comes in. */
export function commentName(issue: IssueReference, commentId: number): string {
  return `${issueName(issue)}/comment-${commentId}`;
}

/** Where messages to a recipient go. An address of theirs that is no repository is not replaced by the default one. */
export function repositoryOf(
  recipient: Recipient,
  channel: string,
  byDefault: string | undefined,
): Repository | undefined {
  const address = addressOn(recipient, channel) ?? byDefault;
  return address === undefined ? undefined : parseRepository(address);
}
