/** What one of Twilio's error codes means for the hub. */
export interface KnownError {
  readonly outcome: "permanent" | "retryable" | "misconfigured";
  readonly meaning: string;
  /** The number must not be written to again: it has opted out, is blocked, or does not exist. */
  readonly suppress?: true;
}

const permanent = (meaning: string): KnownError => ({ outcome: "permanent", meaning });
const suppressed = (meaning: string): KnownError => ({ outcome: "permanent", meaning, suppress: true });
const misconfigured = (meaning: string): KnownError => ({ outcome: "misconfigured", meaning });
const retryable = (meaning: string): KnownError => ({ outcome: "retryable", meaning });

/**
 * Source: twilio.com/docs/api/errors, 2026. 2xxxx answer a request, 3xxxx come in a status callback. What depends on the
 * recipient's country or number is permanent and not misconfigured, since others can still be reached. Twilio adds
 * codes; an unknown one goes by the HTTP status.
 */
const knownErrors: Readonly<Record<number, KnownError>> = {
  20003: misconfigured("the credentials are wrong"),
  20005: misconfigured("the account is not active"),
  20008: misconfigured("test credentials cannot do this"),
  20404: misconfigured("the account or resource does not exist"),
  20429: retryable("too many requests"),
  21211: permanent("the number is not valid"),
  21212: misconfigured("the sender is not valid"),
  21217: permanent("the number is not valid"),
  21265: permanent("the number is a short code"),
  21266: permanent("sender and recipient are the same"),
  21267: misconfigured("trial accounts have no alphanumeric senders"),
  21408: permanent("messages to this region are not enabled"),
  21602: permanent("the message has no text"),
  21603: misconfigured("the sender is missing"),
  21604: permanent("the number is missing"),
  21605: permanent("the text is too long"),
  21606: misconfigured("the sender cannot send messages from this account"),
  21608: permanent("trial accounts reach verified numbers alone"),
  21609: misconfigured("the URL for statuses is not valid"),
  21610: suppressed("the recipient has opted out"),
  21611: retryable("the sender's queue is full"),
  21612: permanent("this sender cannot reach the number"),
  21614: permanent("the number is no mobile number"),
  21617: permanent("the text is too long"),
  21619: permanent("the message has no text"),
  21635: permanent("the number is a landline"),
  21659: misconfigured("the sender is no number of Twilio's"),
  21660: misconfigured("the sender belongs to another account"),
  21661: misconfigured("the sender cannot send SMS"),
  21701: misconfigured("the messaging service does not exist"),
  21703: misconfigured("the messaging service has no senders"),
  21705: misconfigured("the messaging service is not valid"),
  30001: retryable("the queue is full"),
  30002: misconfigured("the account is suspended"),
  30003: permanent("the phone is out of reach"),
  30004: suppressed("the recipient is blocked from receiving it"),
  30005: suppressed("the number is unknown or no longer in service"),
  30006: permanent("the number is a landline, or its carrier is out of reach"),
  30007: permanent("filtered by Twilio or a carrier"),
  30008: permanent("the carrier gave no reason"),
  30010: permanent("the price is above the limit"),
  30034: misconfigured("the sender is not registered for A2P 10DLC"),
  30036: permanent("its validity period is over"),
  30450: permanent("blocked by a protection against fraud"),
};

export function knownError(code: number): KnownError | undefined {
  return Object.hasOwn(knownErrors, code) ? knownErrors[code] : undefined;
}
