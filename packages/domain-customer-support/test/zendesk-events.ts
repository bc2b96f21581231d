/** In the documented shape, shortened. Source: developer.zendesk.com, "Webhook event types", "Ticket events". */
const ticket = {
  account_id: 1,
  id: "2b24ef10-19d4-4740-93cf-8f98ec4776c0",
  subject: "zen:ticket:5158",
  time: "2024-12-31T10:00:00.123456789Z",
  zendesk_event_version: "2022-11-06",
  detail: { id: "5158", status: "OPEN", priority: "HIGH" },
};

export const comment = (changes: object = {}) => ({
  ...ticket,
  type: "zen:event-type:ticket.comment_added",
  event: {
    comment: {
      id: "9",
      body: "My IBAN is DE89 3704 0044 0532 0130 00",
      is_public: true,
      author: { id: "7", is_staff: false },
      ...changes,
    },
  },
});

export const statusChange = {
  ...ticket,
  type: "zen:event-type:ticket.status_changed",
  event: { current: "OPEN", previous: "SOLVED" },
};
