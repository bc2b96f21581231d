/** Documents of every aggregate may expire. The old index stays: version 2 knows only keys, and still uses it. */
export const schemaV3 = `
CREATE INDEX documents_any_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;
`;
