-- name: TasksFrom :many
SELECT id, status, due FROM tasks WHERE id > @lowest;
