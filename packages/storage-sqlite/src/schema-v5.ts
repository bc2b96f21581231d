/** Version 5: what agents have taken of a session. An older version goes on without it, and leaves it as it is. */
export const schemaV5 = `
ALTER TABLE session_documents ADD COLUMN agent_record TEXT;
`;
