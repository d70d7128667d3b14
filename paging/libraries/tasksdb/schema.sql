CREATE TABLE tasks (
    id     bigint PRIMARY KEY,
    status text NOT NULL,
    due    timestamp
);
