// Package store keeps the helpdesk: teams, agents, tickets, comments and the keys of the server, in SQLite or
// PostgreSQL through the same code.
//
// Three things hold for everything in here:
//
//   - Every query asks for a Scope, and the zero Scope sees nothing: an agent's queries end at their team.
//   - Every change is one transaction, and its topics are published after it has been committed, never before: a
//     page that refetches because of them finds the change.
//   - A ticket that is not there is ErrGone, one of another team is ErrForbidden: both are what live and the error
//     pages understand.
package store
