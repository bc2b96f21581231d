/** What the application system really sends: one record, or several. */
export const samples = [
  { event: "started", at: "2025-01-01T10:00:00Z" },
  [
    { event: "document_uploaded", document: "passport.pdf", at: "2025-01-01T10:05:00Z" },
    { event: "document_rejected", document: "passport.pdf", at: "2025-01-01T10:06:30Z" },
  ],
];
