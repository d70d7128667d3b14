package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PostgreSQL's own limits, in bytes.
const (
	maxPayload = 7999
	maxChannel = 63
)

// Notify publishes the topics in a transaction of the caller's: the nodes hear of them when it commits, and never if it
// is rolled back. Exec is the transaction's own method, of any driver that numbers its placeholders:
//
//	err = postgres.Notify(ctx, tx.Exec, postgres.DefaultChannel, "tickets")        // pgx
//	err = postgres.Notify(ctx, tx.ExecContext, postgres.DefaultChannel, "tickets") // database/sql
//
// A topic or channel that PostgreSQL would refuse, aborting the transaction, is an error before anything is sent.
func Notify[Result any](ctx context.Context, exec func(ctx context.Context, sql string, args ...any) (Result, error), channel string, topics ...string) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	payloads := make([]any, len(topics))
	for i, topic := range topics {
		p, err := payload(topic)
		if err != nil {
			return err
		}
		payloads[i] = p
	}
	for some := range slices.Chunk(payloads, 1000) { // a SELECT has at most 1664 columns
		sql := []byte("SELECT ")
		for i := range some {
			sql = fmt.Appendf(sql, "pg_notify($1, $%d), ", i+2)
		}
		if _, err := exec(ctx, string(sql[:len(sql)-2]), append([]any{channel}, some...)...); err != nil {
			return fmt.Errorf("postgres: notify %q: %w", channel, err)
		}
	}
	return nil
}

// payload is the topic itself wherever a payload can be that, so that triggers and other programs need no encoding. What
// is not text, and what looks like it were encoded, is a Go string literal.
func payload(topic string) (string, error) {
	p := topic
	if !utf8.ValidString(topic) || strings.ContainsRune(topic, 0) || strings.HasPrefix(topic, `"`) {
		p = strconv.QuoteToASCII(topic)
	}
	if len(p) > maxPayload {
		return "", fmt.Errorf("postgres: a topic of %d bytes, %.40q…: PostgreSQL carries at most %d", len(p), topic, maxPayload)
	}
	return p, nil
}

func topicOf(payload string) string {
	if strings.HasPrefix(payload, `"`) {
		if topic, err := strconv.Unquote(payload); err == nil {
			return topic
		}
	}
	return payload
}

func checkChannel(name string) error {
	if name == "" || len(name) > maxChannel || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return fmt.Errorf("postgres: a channel is 1 to %d bytes of text, not %q", maxChannel, name)
	}
	return nil
}
