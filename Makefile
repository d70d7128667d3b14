# The front door of htmxlive. `make` lists what there is; `make run` and `make test` are all a newcomer needs.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help

GO    ?= go
LINT  := bin/golangci-lint
SETUP := .ci/setup

# Arguments for the example, such as make run ARGS="-simulate 5 -addr 127.0.0.1:9000".
ARGS ?=
# Packages to test, such as make test PKG=./live/...
PKG ?= ./...
# More flags for go test, such as make test TESTFLAGS="-run Convergence -v".
TESTFLAGS ?=
# Packages that are tested at the same time: the browser tests want a core each.
JOBS ?= 2
# Times that stress runs the tests.
STRESS ?= 3
# How long soak, bench-code and fuzz run, and which of Go's benchmarks.
SOAK      ?= 5m
BENCH     ?= .
BENCHTIME ?= 1s
FUZZTIME  ?= 10s

.PHONY: help
help: ## list the targets (this list)
	@awk 'BEGIN { FS = ":.*## " } /^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: deps ## run the helpdesk on http://127.0.0.1:8080 (ARGS="-simulate 5" makes it busy)
	$(GO) build -o bin/helpdesk ./example
	@exec bin/helpdesk $(ARGS)

# The proxy of make cluster: nginx, haproxy or caddy.
PROXY ?= nginx

.PHONY: cluster
cluster: deps postgres proxies ## run three helpdesks, PostgreSQL, NATS and a proxy on http://127.0.0.1:8080 (PROXY=nginx|haproxy|caddy)
	@$(GO) build -o bin/cluster ./internal/cluster
	@exec bin/cluster -proxy $(PROXY) $(ARGS)

.PHONY: test
test: deps browsers postgres mariadb redis sqlite proxies cc ## run every test under the race detector, in real browsers and databases too
	$(GO) test -race -timeout 30m -p $(JOBS) $(TESTFLAGS) $(PKG)
	$(GO) test -run Allocation ./sse # counts what the race detector would add to
	$(GO) test -run Convergence ./example/internal/acceptance # five minutes: under the race detector it is one round on each engine
	$(GO) test -run Random ./live/sqlite ./live/postgres # ten times as many writes as under the race detector
	cd middleware/nethttp/routers && $(GO) test -race -timeout 15m $(TESTFLAGS) ./... # chi and gin, a module of its own
	cd paging/libraries && $(GO) test -race -timeout 15m $(TESTFLAGS) ./... # gorm, bun, squirrel and sqlc, another one

.PHONY: test-engines
test-engines: deps browsers cc ## run all that is tried in Chromium, Firefox and WebKit with each htmx, at full length
	HTMXLIVE_ENGINES=1 $(GO) test -race -count=1 -timeout 1h -v $(TESTFLAGS) ./middleware/internal/enginetest

.PHONY: test-cities
test-cities: deps postgres mariadb ## walk 135,233 real rows, with NULLs and ties, on SQLite, PostgreSQL and MariaDB (two minutes)
	HTMXLIVE_CITIES=1 HTMXLIVE_WALKS=all $(GO) test -count=1 -timeout 15m -v -run 'Cities|RandomWalks' $(TESTFLAGS) ./paging

.PHONY: test-libraries
test-libraries: postgres mariadb cc ## run paging with gorm, bun, squirrel, sqlc and pgx in each of its modes, with all 304 random walks
	cd paging/libraries && HTMXLIVE_WALKS=all $(GO) test -race -count=1 -timeout 1h -v $(TESTFLAGS) ./...

.PHONY: laravel
laravel: ## run the list of Laravel that docs/paging.md shows beside ours (PHP and Laravel 8 from Debian)
	@$(SETUP) laravel
	php paging/libraries/laravel/walk.php

# The generated code is committed, and this writes it anew. sqlc is built from its Go module, without cgo.
.PHONY: sqlc
sqlc: ## let sqlc write paging/libraries/tasksdb anew (builds sqlc into bin/ once, minutes)
	cd paging/libraries && CGO_ENABLED=0 $(GO) build -modfile=sqlc.mod -o ../../bin/sqlc github.com/sqlc-dev/sqlc/cmd/sqlc
	cd paging/libraries && ../../bin/sqlc generate

# Two loops at a lower priority keep both cores busy, so that what waits for a signal too short a time fails here. They are
# ended by their own process ids, however the tests end.
.PHONY: stress
stress: deps browsers postgres mariadb redis sqlite proxies cc ## run make test's tests STRESS=3 times beside busy loops on both cores, so that flaky ones show
	@loops=(); trap 'kill "$${loops[@]}"' EXIT; \
	for core in 1 2; do nice bash -c 'while :; do :; done' & loops+=($$!); done; \
	failed=0; for round in $$(seq $(STRESS)); do \
		echo "Round $$round of $(STRESS)"; \
		$(GO) test -race -count=1 -timeout 30m -p $(JOBS) $(TESTFLAGS) $(PKG) || failed=$$((failed + 1)); \
	done; \
	echo "$$failed of $(STRESS) rounds failed"; exit $$((failed > 0))

.PHONY: check
check: lint ## check formatting, vet, lint, go fix and go.mod, without running a test
	$(GO) vet ./...
	.ci/clean-fix
	.ci/clean-mod

.PHONY: lint
lint: $(LINT) ## run golangci-lint alone (formatting and the arrows between the rooms included)
	$(LINT) run ./...

.PHONY: walk
walk: ## print the way of one notification as it is measured, and fail above its limits (ARGS=-private)
	$(GO) run ./internal/walk $(ARGS)

.PHONY: fmt
fmt: $(LINT) ## format the code and apply go fix
	$(GO) fix ./...
	$(LINT) fmt

# The tests that HTMXLIVE_SOAK makes longer, in whichever packages they are.
SOAKPKG = $(sort $(dir $(shell grep -rl --include='*_test.go' HTMXLIVE_SOAK ./*/)))

.PHONY: soak
soak: deps browsers postgres redis sqlite cc ## run the convergence tests for long (SOAK=5m each)
	HTMXLIVE_SOAK=$(SOAK) $(GO) test -race -count=1 -timeout 4h -p 1 -v -run Converge $(SOAKPKG)
	HTMXLIVE_SOAK=$(SOAK) $(GO) test -count=1 -timeout 4h -v -run Convergence ./example/internal/acceptance
	HTMXLIVE_SOAK=$(SOAK) $(GO) test -count=1 -timeout 2h -v -run RandomQueries ./live/sqlite ./live/postgres # 100,000 writes for each, whatever SOAK is

# What chaos breaks: the engine between the nodes, the seed of an earlier run (0: a new one), open pages, and faults.
ENGINE ?= nats
SEED   ?= 0
PAGES  ?= 300
FAULTS ?= 20

.PHONY: chaos
chaos: deps postgres redis ## break three helpdesks and their engines, and look whether every page is true (ENGINE=nats|postgres|redis, SEED, PAGES, FAULTS)
	@$(GO) run ./internal/chaos -engine $(ENGINE) -seed $(SEED) -pages $(PAGES) -faults $(FAULTS) $(ARGS)

.PHONY: bench
bench: ## measure what htmxlive costs beside its peers, into docs/benchmarks.md (25 minutes, on a quiet machine)
	$(GO) run ./internal/bench $(ARGS)

.PHONY: bench-quick
bench-quick: ## the same in small, printed only (two minutes)
	$(GO) run ./internal/bench -quick $(ARGS)

.PHONY: bench-paging
bench-paging: postgres mariadb ## measure pages of a million rows on SQLite, PostgreSQL and MariaDB (ARGS="-rows 100000 -only sqlite")
	$(GO) run ./internal/bench/paging $(ARGS)

.PHONY: bench-code
bench-code: ## run Go's own benchmarks of the packages (BENCH=regexp, BENCHTIME=1s)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -p 1 -timeout 1h $(PKG)

.PHONY: pictures
pictures: deps browsers ## take pictures of the helpdesk's pages and states into build/pictures (TESTFLAGS="-run EveryPage")
	@mkdir -p build/pictures
	$(GO) test -count=1 -timeout 15m -artifacts -outputdir build/pictures -run Accessible $(TESTFLAGS) ./example/internal/web
	@find build/pictures -name '*.png'

.PHONY: fuzz
fuzz: ## run every fuzz test for a short while (FUZZTIME=10s each)
	.ci/fuzz $(FUZZTIME)

.PHONY: cover
cover: deps browsers postgres mariadb redis sqlite proxies ## measure what the tests cover, as build/cover.html
	@mkdir -p build
	$(GO) test -timeout 15m -p $(JOBS) -coverpkg=./... -coverprofile=build/cover.out $(PKG)
	$(GO) tool cover -html=build/cover.out -o build/cover.html
	@$(GO) tool cover -func=build/cover.out | tail -n 1

.PHONY: deps
deps: node_modules/.installed ## install htmx through npm into node_modules

# npm ci takes exactly what package-lock.json names; the mark says that it finished.
# It empties node_modules first, and would do so through a link: a worktree that borrows another's installs nothing.
node_modules/.installed: package.json package-lock.json .npmrc
	@[ ! -L node_modules ] || { echo "node_modules is a link: run make deps where it leads to, then touch $@"; exit 1; }
	@$(SETUP) node
	npm ci --no-progress
	@touch $@

.PHONY: browsers
browsers: ## make sure that Chromium, Firefox and WebKit are there for the browser tests
	@$(SETUP) chromium
	@$(SETUP) firefox
	@$(SETUP) webkit

.PHONY: postgres
postgres: ## make sure that PostgreSQL is there for the database tests
	@$(SETUP) postgres

.PHONY: mariadb
mariadb: ## make sure that MariaDB is there for the tests of paging
	@$(SETUP) mariadb

.PHONY: redis
redis: ## make sure that Redis is there for the tests of several nodes
	@$(SETUP) redis

.PHONY: proxies
proxies: ## make sure that nginx, HAProxy and Caddy are there for make cluster and its test
	@$(SETUP) nginx
	@$(SETUP) haproxy
	@$(SETUP) caddy

.PHONY: sqlite
sqlite: ## make sure that the sqlite3 shell is there, which writes as another program in the tests
	@$(SETUP) sqlite3

.PHONY: cc
cc: ## make sure that a C compiler is there for the race detector
	@$(SETUP) cc

# The linter is built from source once: minutes the first time, nothing afterwards.
$(LINT): tools.mod tools.sum
	@echo "Building golangci-lint into bin/ (a few minutes, once)"
	$(GO) build -modfile=tools.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: clean
clean: ## remove what builds, tests and runs left behind, node_modules included
	rm -rf bin build node_modules
	rm -f *.db *.db-shm *.db-wal *.test *.out
