package web

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/htmxlive/htmxlive/live"
)

// operations are the routes for the people who run the helpdesk. Keep /metrics from the public at your proxy.
func (d *Desk) operations(e *echo.Echo) {
	get(e, "/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	get(e, "/readyz", d.ready)
	get(e, "/metrics", echo.WrapHandler(promhttp.HandlerFor(d.metrics.registry, promhttp.HandlerOpts{})))
}

// ready answers whether requests should come here: not while the keeper drains, not without a database, not while it is
// unknown who is logged out, and not while other nodes have not been heard for a while. ?broker=ignore is for those who would rather
// show pages that may be stale than none, when no node hears another.
func (d *Desk) ready(c echo.Context) error {
	unready := func(why string) error { return c.String(http.StatusServiceUnavailable, why+"\n") }
	if d.keeper.Draining() {
		return unready("draining")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	if err := d.db.Ping(ctx); err != nil {
		d.log.WarnContext(ctx, "not ready", "error", err)
		return unready("no database")
	}
	if err := d.health.Check(ctx); err != nil {
		d.log.WarnContext(ctx, "not ready", "error", err)
		return unready("no revocations")
	}
	away := d.keeper.Stats().Away
	switch {
	case away == 0:
		return c.String(http.StatusOK, "ready\n")
	case away > d.brokerTime && c.QueryParam("broker") != "ignore":
		d.log.WarnContext(ctx, "not ready: other nodes are not heard", "for", away)
		return unready("no broker")
	}
	return c.String(http.StatusOK, "ready\ndegraded: no broker\n")
}

// brokerTime is how long a node that hears no other stays ready: most outages are shorter.
const brokerTime = 10 * time.Second

// metrics are what Prometheus scrapes. Streams are counted, not timed: they last for minutes and mean nothing in a
// histogram of requests.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(d *Desk) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Answers, by route and status. Streams count when they end.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_seconds", Help: "Time to answer, without streams.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"route", "method"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	number := func(name, help string, value func(live.Stats) float64) prometheus.Collector {
		read := func() float64 { return value(d.keeper.Stats()) }
		if strings.HasSuffix(name, "_total") {
			return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read)
		}
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	m.registry.MustRegister(
		number("live_streams", "Open streams.", func(s live.Stats) float64 { return float64(s.Streams) }),
		number("live_shared_queries", "Shared queries that run or linger.", func(s live.Stats) float64 { return float64(s.Shared) }),
		number("live_topics", "Topics that are followed.", func(s live.Stats) float64 { return float64(s.Topics) }),
		number("live_notifications_total", "Topics published on this node.", func(s live.Stats) float64 { return float64(s.Notifications) }),
		number("live_fetches_total", "Fetches, failed ones included.", func(s live.Stats) float64 { return float64(s.Fetches) }),
		number("live_failures_total", "Refetches that failed.", func(s live.Stats) float64 { return float64(s.Failures) }),
		number("live_resyncs_total", "How often everything was refetched, for notifications may have been lost.", func(s live.Stats) float64 { return float64(s.Resyncs) }),
		number("live_publish_errors_total", "Frames that the broker did not take.", func(s live.Stats) float64 { return float64(s.PublishErrors) }),
		number("live_nodes", "Other nodes that are heard.", func(s live.Stats) float64 { return float64(s.Nodes) }),
		number("live_nodes_silent", "Other nodes that fell silent without a farewell: dead, or behind a cut route.", func(s live.Stats) float64 { return float64(s.Silent) }),
		number("live_broker_connected", "1 where this node hears the others, or is the only one.", func(live.Stats) float64 {
			if d.keeper.Connected() {
				return 1
			}
			return 0
		}),
		number("live_revocations_age_seconds", "Since logouts and kicks were read last; 0 where nobody looks.", func(live.Stats) float64 {
			return d.health.RevocationsAge().Seconds()
		}),
	)
	return m
}

// count sees every answer. The route is the pattern of the path, so that the number of series is bounded.
func (m *metrics) count(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		route, method := c.Path(), methodOf(c.Request())
		m.requests.WithLabelValues(route, method, strconv.Itoa(c.Response().Status)).Inc()
		if !isStream(c) {
			m.seconds.WithLabelValues(route, method).Observe(time.Since(start).Seconds())
		}
		return err
	}
}

// methodOf is one of a few, whatever a request calls its own.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return r.Method
	}
	return "other"
}

func isStream(c echo.Context) bool {
	return strings.HasPrefix(c.Response().Header().Get(echo.HeaderContentType), "text/event-stream")
}

// logRequests writes a line for every answer, and for every stream when it ends. Queries are left out: they may hold what
// people search for.
func (d *Desk) logRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		path := c.Request().URL.Path
		if err := next(c); err != nil {
			c.Error(err) // write the error page now, to know its status
		}
		level := slog.LevelDebug
		if c.Response().Status >= http.StatusInternalServerError && !d.expected(c.Response().Status) {
			level = slog.LevelError
		}
		d.log.Log(c.Request().Context(), level, "request", "method", c.Request().Method, "path", path,
			"status", c.Response().Status, "stream", isStream(c), "took", time.Since(start), "request", requestID(c))
		return nil
	}
}

// expected reports whether a status is 503 because this node is on its way out. That is no error, and not for an alarm.
func (d *Desk) expected(status int) bool {
	return status == http.StatusServiceUnavailable && d.keeper.Draining()
}
