package live

import (
	"fmt"
	"reflect"
)

// Shared is a query that sockets with equal arguments and scope run once for all of them.
type Shared[A comparable, Q shareable[Q]] struct {
	keeper *Keeper
	name   string
	build  func(args A) Q
}

// Share defines a shared query under a name, once, where the application starts: a second definition
// of the name panics, and so does one made for each request. build sees the arguments and nothing of
// a request; what it returns fetches and renders under the keeper's context, first page load included,
// so nothing of a viewer (user, locale, token, nonce) reaches another. Its fragments find the result
// under the name of the shared query, whatever a page keeps it as.
//
// A holds strings, integers, booleans, times, and structs and arrays of them; anything else panics. A
// request cannot be an argument, nor can what compares equal and is not the same.
//
// While it has topics or an interval, a load and the stream that follows are one fetch, and so are ten
// thousand that come back at once. Without either each load fetches, for nothing marks a result that holds no more.
//
// Each handler gets a list or the rows of a page for itself. What rows, or any other result, point to
// belongs to all viewers: do not change it.
func Share[A comparable, Q shareable[Q]](k *Keeper, name string, build func(args A) Q) *Shared[A, Q] {
	if k == nil {
		panic(fmt.Sprintf("live: the shared query %q needs a keeper: make one with live.NewKeeper before", name))
	}
	if build == nil {
		panic(fmt.Sprintf("live: the shared query %q needs a function that builds it", name))
	}
	if part := notPlain(reflect.TypeFor[A]()); part != nil {
		panic(fmt.Sprintf("live: the arguments of the shared query %q hold a %v: only strings, integers, booleans, times, and structs and arrays of them tell apart who sees what", name, part))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.shares[name]; ok {
		panic(fmt.Sprintf("live: the shared query %q is defined twice; define it once, outside of any request", name))
	}
	k.shares[name] = struct{}{}
	return &Shared[A, Q]{keeper: k, name: name, build: build}
}

// With is the query for these arguments, seen by viewers of one authorization scope: two viewers with
// one scope may see the same HTML. An empty scope panics. It is for all of them as build made it: to
// change a field afterwards has no effect.
func (s *Shared[A, Q]) With(scope string, args A) Q {
	if scope == "" {
		panic(fmt.Sprintf("live: the shared query %q needs an authorization scope; for what everybody may see, name one such as \"public\"", s.name))
	}
	return s.build(args).sharedBy(&shareRef{owner: s.keeper, key: shareKey{name: s.name, scope: scope, args: args}})
}
