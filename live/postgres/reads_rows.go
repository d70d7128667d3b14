package postgres

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/htmxlive/htmxlive/live"
)

// sniffer reads what the server sends, and looks at rows that have to agree with what live.Where says of them. pgx shows its
// tracers no rows.
type sniffer struct {
	r io.Reader

	mu     sync.Mutex // guards everything below: pgx reads ahead in a goroutine of its own
	check  *rowCheck  // nil: there is nothing to look at
	header []byte     // of a message, as far as it has come
	left   int        // bytes of its body that are to come
	body   []byte     // as far as it has come, where it is looked at
	looks  bool
}

// rowCheck is what the rows of a statement have to agree with.
type rowCheck struct {
	types    *pgtype.Map
	columns  []checkedColumn
	prepared bool            // the columns that come are of a statement that is prepared
	fail     func(err error) // called once
}

type checkedColumn struct {
	column
	conditions []live.Condition
	format     int16
}

const (
	headerLength      = 5 // a message's type and its length
	rowMessage        = 'D'
	columnsMessage    = 'T'
	parametersMessage = 't' // of a statement that is prepared, before its columns, of which nobody knows the formats yet
)

// from begins to read from a connection.
func (s *sniffer) from(r io.Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.r, s.header, s.left, s.body, s.looks = r, nil, 0, nil, false
}

// ignore ends the looking.
func (s *sniffer) ignore() { s.lookFor(nil) }

func (s *sniffer) lookFor(check *rowCheck) {
	if s != nil {
		s.mu.Lock()
		s.check = check
		s.mu.Unlock()
	}
}

// Read reads what the server sends.
func (s *sniffer) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scan(p[:n])
	return n, err
}

// scan follows the messages, of which some may be incomplete. It holds mu.
func (s *sniffer) scan(p []byte) {
	for len(p) > 0 {
		if len(s.header) < headerLength {
			n := min(headerLength-len(s.header), len(p))
			s.header, p = append(s.header, p[:n]...), p[n:]
			if len(s.header) < headerLength {
				return
			}
			s.left = int(binary.BigEndian.Uint32(s.header[1:])) - (headerLength - 1)
			s.looks = s.check != nil && (s.header[0] == rowMessage || s.header[0] == columnsMessage || s.header[0] == parametersMessage)
			s.body = s.body[:0]
		}
		n := min(s.left, len(p))
		if s.looks {
			s.body = append(s.body, p[:n]...)
		}
		s.left, p = s.left-n, p[n:]
		if s.left > 0 {
			return
		}
		if s.looks && s.check != nil {
			s.look(s.header[0])
		}
		s.header = s.header[:0]
	}
}

// look looks at a message. It holds mu.
func (s *sniffer) look(kind byte) {
	switch kind {
	case parametersMessage:
		s.check.prepared = true
	case columnsMessage:
		if !s.check.prepared {
			s.check.describe(s.body)
		}
		s.check.prepared = false
	case rowMessage:
		if err := s.check.row(s.body); err != nil {
			s.check.fail(err)
			s.check = nil
		}
	}
}

// describe takes the formats of the columns from their description, where the server sends one.
func (r *rowCheck) describe(body []byte) {
	if len(body) < 2 {
		return
	}
	body = body[2:]
	for i := 0; len(body) > 0; i++ {
		end := slices.Index(body, 0)
		if end < 0 || len(body) < end+19 {
			return
		}
		format := int16(binary.BigEndian.Uint16(body[end+17:])) //nolint:gosec // 0 or 1
		for j := range r.columns {
			if r.columns[j].index == i {
				r.columns[j].format = format
			}
		}
		body = body[end+19:]
	}
}

// row is an error where a value is not among those of a condition. A NULL may be that of an outer join.
func (r *rowCheck) row(body []byte) error {
	if len(body) < 2 {
		return nil
	}
	body = body[2:]
	for i := 0; len(body) >= 4; i++ {
		length := int(int32(binary.BigEndian.Uint32(body))) //nolint:gosec // -1 is NULL
		body = body[4:]
		if length < 0 {
			continue
		}
		if length > len(body) {
			return nil
		}
		for _, c := range r.columns {
			if c.index == i {
				if err := c.holds(r.types, body[:length]); err != nil {
					return err
				}
			}
		}
		body = body[length:]
	}
	return nil
}

func (c checkedColumn) holds(types *pgtype.Map, raw []byte) error {
	var value any = string(raw)
	if t, ok := types.TypeForOID(c.oid); ok {
		var err error
		if value, err = t.Codec.DecodeValue(types, c.oid, c.format, raw); err != nil {
			return nil //nolint:nilerr // the program will hear of it
		}
	} else if c.format != pgx.TextFormatCode {
		return nil
	}
	for _, condition := range c.conditions {
		if !condition.Holds(value) {
			return fmt.Errorf("postgres: a row has %s in %s.%s, which is none of the values that live.Where says: the statement reads more than its author says", shown(value), c.table, c.name)
		}
	}
	return nil
}

// shown is a value as people write it.
func shown(value any) string {
	switch v := value.(type) {
	case [16]byte:
		return hex.EncodeToString(v[:])
	case driver.Valuer:
		if plain, err := v.Value(); err == nil {
			return fmt.Sprint(plain)
		}
	}
	return fmt.Sprint(value)
}

// check has the rows of a statement looked at, where its author says something of columns in its result.
func (c *watched) check(ctx context.Context, a *access, args []any) {
	var columns []checkedColumn
	for _, col := range a.columns {
		of := slices.DeleteFunc(live.Conditions(ctx, col.tableNames...), func(condition live.Condition) bool { return condition.Column != col.name })
		if len(of) > 0 {
			columns = append(columns, checkedColumn{col, of, c.formatOf(col, args)})
		}
	}
	if len(columns) > 0 && len(c.running) == 1 && !c.running[0].many {
		c.rows.lookFor(&rowCheck{types: c.conn.TypeMap(), columns: columns, fail: func(err error) { c.watcher.reads.fail(ctx, err) }})
	}
}

// formatOf is the format in which pgx asks for a column, unless the server says another one.
func (c *watched) formatOf(col column, args []any) int16 {
	format := c.conn.TypeMap().FormatCodeForOID(col.oid)
	for _, arg := range args {
		switch arg := arg.(type) {
		case pgx.QueryResultFormats:
			switch {
			case len(arg) == 1:
				format = arg[0]
			case col.index < len(arg):
				format = arg[col.index]
			default:
				format = pgx.TextFormatCode
			}
		case pgx.QueryResultFormatsByOID:
			format = arg[col.oid]
		case pgx.QueryExecMode, pgx.QueryRewriter:
		default:
			return format
		}
	}
	return format
}
