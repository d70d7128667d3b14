// Package store keeps the helpdesk: teams, agents, tickets, comments and the keys of the server, in SQLite or
// PostgreSQL through the same code.
//
// Four things hold for everything in here:
//
//   - Every query asks for a Scope, and the zero Scope sees nothing: an agent's queries end at their team.
//   - Nothing is published and nothing subscribed to: the database is opened with the keeper, so that a page follows what
//     its fetches read. A query runs with the ctx of its fetch, and says with live.Where which rows it is about.
//   - Every change is one transaction, which does not end with the request that asked for it.
//   - A ticket that is not there is ErrGone, one of another team is ErrForbidden: both are what live and the error
//     pages understand.
package store
