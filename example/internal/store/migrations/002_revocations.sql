-- Sessions that a logout has ended, until their cookies have expired.

CREATE TABLE revocations (
	session TEXT PRIMARY KEY,
	until   BIGINT NOT NULL
);
