package redis

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"time"

	client "github.com/redis/go-redis/v9"
)

// idleTime is after how long without use a connection of the pool is closed. When a network has been silent each old
// connection is dead, and whoever takes one waits for its time limit: a minute of heartbeats after a burst of publications.
const idleTime = 5 * time.Second

// options are what the URL says, the user's changes, and what the promises need.
func (c Config) options() (*client.UniversalOptions, error) {
	o, err := parse(c.URL)
	if err != nil {
		return nil, withoutURL(err)
	}
	if o.ClientName == "" {
		o.ClientName = defaultChannel // not the channel: a name has no spaces
	}
	if o.Protocol == 0 {
		o.Protocol = 2 // the third adds other kinds of pushes, which are of no use here
	}
	if c.Configure != nil {
		c.Configure(o)
	}
	o.MaxRetries, o.DialerRetries = -1, 1 // an error at once: the keeper knows what is owed then
	o.ContextTimeoutEnabled = true
	if o.ConnMaxIdleTime == 0 {
		o.ConnMaxIdleTime = idleTime
	}
	return o, nil
}

// parse reads the URL of a server, of Sentinel or of a cluster.
func parse(address string) (*client.UniversalOptions, error) {
	scheme, rest, _ := strings.Cut(address, "://")
	scheme, kind, _ := strings.Cut(scheme, "+")
	address = scheme + "://" + rest
	switch kind {
	case "":
		parsed, err := client.ParseURL(address)
		if err != nil {
			return nil, err
		}
		o := universal(parsed)
		o.Addrs = []string{parsed.Addr}
		return o, nil
	case "sentinel":
		parsed, err := client.ParseFailoverURL(address)
		if err != nil {
			return nil, err
		}
		if parsed.MasterName == "" {
			return nil, errors.New("the URL of Sentinel does not name its master: ?master_name=…")
		}
		o := universal(parsed)
		o.Addrs = parsed.SentinelAddrs
		return o, nil
	case "cluster":
		parsed, err := client.ParseClusterURL(address)
		if err != nil {
			return nil, err
		}
		o := universal(parsed)
		o.IsClusterMode = true // one address is enough to find the others
		return o, nil
	}
	return nil, errors.New("the URL of a server begins with redis, rediss or unix, +sentinel or +cluster may follow")
}

// universal copies the fields of one kind of options that UniversalOptions has too, under the same name.
func universal[Options any](parsed *Options) *client.UniversalOptions {
	o := &client.UniversalOptions{}
	from, to := reflect.ValueOf(parsed).Elem(), reflect.ValueOf(o).Elem()
	for i := range from.NumField() {
		field := from.Type().Field(i)
		if same := to.FieldByName(field.Name); field.IsExported() && same.IsValid() && same.Type() == field.Type {
			same.Set(from.Field(i))
		}
	}
	return o
}

// withoutURL is the error without the URL, which may hold a password.
func withoutURL(err error) error {
	if parsing, ok := errors.AsType[*url.Error](err); ok {
		return parsing.Err
	}
	return err
}
