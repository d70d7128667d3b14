-- The tickets of an agent who leaves are nobody's. Neither engine can change a reference in place, so the column is made anew.

ALTER TABLE tickets ADD COLUMN assigned BIGINT REFERENCES agents (id) ON DELETE SET NULL;
UPDATE tickets SET assigned = assignee_id;
ALTER TABLE tickets DROP COLUMN assignee_id;
ALTER TABLE tickets RENAME COLUMN assigned TO assignee_id;
CREATE INDEX tickets_assignee ON tickets (assignee_id);
