package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// The filters of TicketPaging.
const (
	FilterText   = "q"      // words of the title or the text, or #number
	FilterStatus = "status" // a Status
)

// TicketList is a list of tickets that pages are fetched from.
type TicketList = paging.List[Ticket]

// TicketPaging is how the list of tickets is walked: from row to row, in one of three orders.
func (db *DB) TicketPaging(codec *paging.Codec) *TicketList {
	return paging.MustNew(paging.Config{
		Name:    "tickets",
		Mode:    paging.Keyset,
		Dialect: db.dialect.paging,
		Sorts: []paging.Sort{
			{Name: "newest", Keys: paging.Keys("-t.id")},
			{Name: "updated", Keys: paging.Keys("-t.updated_at", "-t.id")},
			{Name: "priority", Keys: paging.Keys("-t.priority", "-t.id")},
		},
		Filters: []string{FilterText, FilterStatus},
		Codec:   codec,
	}, paging.Column[Ticket]{Name: "t.updated_at", Value: func(t Ticket) any { return stamp(t.Updated) }})
}

// ArchivePaging is how the archive is leafed through: by page numbers, with an exact count.
func (db *DB) ArchivePaging() *TicketList {
	return paging.MustNew[Ticket](paging.Config{
		Name:      "archive",
		Mode:      paging.Offset,
		Dialect:   db.dialect.paging,
		Sorts:     []paging.Sort{{Name: "newest", Keys: paging.Keys("-t.id")}},
		MaxOffset: 10_000_000,
		Count:     paging.CountAlways,
	})
}

// ListTickets fetches the page of the scope's tickets that o asks for or, when a live page asks again for the rows it
// shows, those rows: the scope applies to both.
func (db *DB) ListTickets(ctx context.Context, scope Scope, list *TicketList, o paging.Options) (paging.Page[Ticket], error) {
	ctx, query := db.ticketQuery(ctx, scope, o)
	text, args := list.SQL(o, query)
	tickets, err := db.scanTickets(ctx, text, args)
	if err != nil {
		return paging.Page[Ticket]{}, fmt.Errorf("list tickets: %w", err)
	}
	page, err := list.Page(o, tickets)
	if err != nil || !o.WantsTotal() {
		return page, err
	}
	var n int64
	text, args = o.CountSQL(db.dialect.paging, query)
	if err := db.reads.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
		return paging.Page[Ticket]{}, fmt.Errorf("count tickets: %w", err)
	}
	return page.WithTotal(o.Counted(n)), nil
}

// ticketQuery is which rows there are at all: those of the scope that meet the filters. The context says so to the keeper, as
// far as it can: a list of open tickets is fetched when one opens, stays open or was open.
func (db *DB) ticketQuery(ctx context.Context, scope Scope, o paging.Options) (context.Context, paging.Query) {
	ctx, where, args := scope.where(ctx, "tickets", "team_id", "t.")
	if status := o.Filter(FilterStatus); status != "" {
		ctx = live.Where(ctx, "tickets", "status", status)
		where += " AND t.status = ?"
		args = append(args, status)
	}
	if text := strings.TrimSpace(clean(o.Filter(FilterText))); text != "" {
		if id, err := strconv.ParseInt(strings.TrimPrefix(text, "#"), 10, 64); err == nil && text[0] == '#' {
			ctx = live.Where(ctx, "tickets", "id", id)
			where += " AND t.id = ?"
			args = append(args, id)
		} else {
			pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
			like := db.dialect.like + ` ? ESCAPE '\'`
			where += " AND (t.title " + like + " OR t.body " + like + ")"
			args = append(args, pattern, pattern)
		}
	}
	return ctx, paging.Query{
		Select: ticketColumns, From: ticketTables, Where: db.dialect.bind(where), Args: args, Key: "t.id",
	}
}

// scanTickets runs a statement that has the placeholders of the dialect already.
func (db *DB) scanTickets(ctx context.Context, query string, args []any) ([]Ticket, error) {
	rows, err := db.reads.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scanTicket)
}

// RecentTickets are the numbers of the n newest tickets of all teams, the oldest of them first.
func (db *DB) RecentTickets(ctx context.Context, n int) ([]int64, error) {
	ids, err := collect(ctx, db.read(), func(scan func(...any) error) (id int64, err error) {
		err = scan(&id)
		return id, err
	}, `SELECT id FROM tickets ORDER BY id DESC LIMIT ?`, n)
	slices.Reverse(ids)
	return ids, err
}
