package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/htmxlive/htmxlive/live/internal/listener"
)

func (b *Broker) configure() (*pgx.ConnConfig, error) {
	pg, err := pgx.ParseConfig(b.cfg.URL)
	if err != nil {
		return nil, err
	}
	if pg.RuntimeParams["application_name"] == "" {
		pg.RuntimeParams["application_name"] = b.cfg.Channel
	}
	pg.DefaultQueryExecMode = pgx.QueryExecModeExec // statements differ in length: preparing them would not pay
	pg.OnNotification = b.receive
	if b.cfg.Configure != nil {
		b.cfg.Configure(pg)
	}
	return pg, nil
}

// connect returns a connection that listens.
func (b *Broker) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, b.pg)
	if err != nil {
		return nil, err
	}
	for _, channel := range []string{b.cfg.Channel, syncChannel(conn.PgConn())} {
		if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
			hangUp(ctx, conn)
			return nil, err
		}
	}
	return conn, nil
}

func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // it is of no use any more, whatever it says
}

// run owns the connection, and gets another one whenever it is lost.
func (b *Broker) run(ctx context.Context, conn *pgx.Conn) {
	defer close(b.done)
	for {
		err := b.converse(ctx, conn)
		hangUp(ctx, conn)
		if ctx.Err() != nil {
			b.lose(ErrClosed)
			return
		}
		b.lose(ErrDisconnected)
		b.cfg.Logger.WarnContext(ctx, "postgres: disconnected, changes of other nodes are not seen until the server is back", "error", err)
		var connected bool
		if conn, connected = listener.Reconnect(ctx, b.cfg.ReconnectWait, b.connect, b.stillAway); !connected {
			b.lose(ErrClosed)
			return
		}
		b.cfg.Logger.InfoContext(ctx, "postgres: connected again, everything is refetched")
		b.resume()
	}
}

func (b *Broker) stillAway(ctx context.Context, err error) {
	b.cfg.Logger.DebugContext(ctx, "postgres: the server is still away", "error", err)
}

// resume ends a gap: the new connection listens already, and can be published with as soon as receive knows.
func (b *Broker) resume() {
	b.mu.Lock()
	b.absent = nil
	b.mu.Unlock()
	b.listener.Receive(nil)
	b.mu.Lock()
	b.hears = true
	b.mu.Unlock()
}

// lose begins a gap, and answers the publications that nobody will send.
func (b *Broker) lose(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.absent, b.hears = why, false
	for _, p := range b.queue {
		p.result <- why
	}
	b.queue = nil
}

// converse sends what is to be published and otherwise waits for notifications, until the connection is lost.
func (b *Broker) converse(ctx context.Context, conn *pgx.Conn) error {
	for {
		batch, wait, end := b.next(ctx)
		var err error
		if batch != nil {
			err = b.send(ctx, conn, batch)
		} else if _, err = conn.WaitForNotification(wait); errors.Is(wait.Err(), context.DeadlineExceeded) {
			err = b.ping(ctx, conn)
		}
		end()
		if conn.IsClosed() || ctx.Err() != nil {
			return err
		}
	}
}

// next is what there is to send or, if there is nothing, how long to wait for notifications.
func (b *Broker) next(ctx context.Context) (batch []*publication, wait context.Context, end context.CancelFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	batch, b.queue = b.queue, nil
	wait, end = context.WithTimeout(ctx, b.cfg.PingInterval)
	b.interrupt = end
	return batch, wait, end
}

// send publishes everything in one statement, so that a burst costs one commit.
func (b *Broker) send(ctx context.Context, conn *pgx.Conn, batch []*publication) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var frames []string
	for _, p := range batch {
		if !p.sync {
			frames = append(frames, p.frame)
		}
	}
	channel := b.cfg.Channel
	if len(frames) == 0 { // Syncs only: of no concern to other nodes
		channel, frames = syncChannel(conn.PgConn()), []string{""}
	}
	err := Notify(ctx, conn.Exec, channel, frames...)
	for _, p := range batch {
		p.result <- err
	}
	return err
}

// ping closes a connection to a server that does not answer.
func (b *Broker) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.PingInterval)
	defer cancel()
	if err := conn.Ping(ctx); err != nil {
		hangUp(ctx, conn)
		return fmt.Errorf("silent: %w", err)
	}
	return nil
}

// receive is called while converse waits, and with the answer to a statement.
func (b *Broker) receive(conn *pgconn.PgConn, n *pgconn.Notification) {
	if n.PID != conn.PID() { // else our keeper has marked its pages already
		b.listener.Receive(frameOf(n.Payload))
	}
}
