-- IDENTITY stands for the engine's own counting primary key. Times are microseconds since 1970, UTC.

CREATE TABLE teams (
	id   IDENTITY,
	name TEXT NOT NULL UNIQUE
);

CREATE TABLE agents (
	id      IDENTITY,
	name    TEXT NOT NULL UNIQUE,
	role    TEXT NOT NULL CHECK (role IN ('agent', 'admin')),
	team_id BIGINT REFERENCES teams (id),
	CHECK ((role = 'admin') = (team_id IS NULL))
);

CREATE TABLE tickets (
	id          IDENTITY,
	team_id     BIGINT NOT NULL REFERENCES teams (id),
	title       TEXT NOT NULL,
	body        TEXT NOT NULL,
	requester   TEXT NOT NULL,
	status      TEXT NOT NULL CHECK (status IN ('open', 'pending', 'solved', 'closed')),
	priority    INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
	assignee_id BIGINT REFERENCES agents (id),
	created_at  BIGINT NOT NULL,
	updated_at  BIGINT NOT NULL
);

CREATE TABLE comments (
	id         IDENTITY,
	ticket_id  BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
	author     TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE TABLE keys (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

-- One index for every order that a list offers, for one team and for all; counting needs the statuses.
CREATE INDEX tickets_team ON tickets (team_id, id);
CREATE INDEX tickets_updated ON tickets (updated_at, id);
CREATE INDEX tickets_team_updated ON tickets (team_id, updated_at, id);
CREATE INDEX tickets_priority ON tickets (priority, id);
CREATE INDEX tickets_team_priority ON tickets (team_id, priority, id);
CREATE INDEX tickets_status ON tickets (status, team_id, id);
CREATE INDEX tickets_created ON tickets (created_at, team_id);
CREATE INDEX comments_ticket ON comments (ticket_id, id);
CREATE INDEX comments_created ON comments (created_at, ticket_id);
