-- When a session was ended, so that a node can read what others have ended since it looked last.

ALTER TABLE revocations ADD COLUMN revoked BIGINT NOT NULL DEFAULT 0;
CREATE INDEX revocations_revoked ON revocations (revoked);
