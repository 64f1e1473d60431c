# Counterpunch. Needs Go and make, nothing else.

GO       ?= go
GOFMT    ?= gofmt
PROGRAMS := ingest worker counterpunch
FUZZTIME ?= 10s
TIMEOUT  ?= 15m
SEEDS    ?= 3
FIRST    ?= 1

.DEFAULT_GOAL := help
.PHONY: help build demo test chaos audit lint fuzz bench bench-calls fmt clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r t h; do printf '  make %-11s %s\n' "$$t" "$$h"; done

build: ## build the three programs into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ $(PROGRAMS:%=./cmd/%)

demo: build ## bring every fixture into a simulated NetSuite, in one process
	bin/counterpunch demo

# The race detector needs a C compiler with headers. CGO_ENABLED=1 is what go chooses when it finds one.
test: ## vet and test everything, with the race detector where there is a C compiler
	$(GO) vet ./...
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && printf '#include <stdlib.h>\n' | $$($(GO) env CC) -x c -fsyntax-only - 2>/dev/null; then \
	  race=-race; \
	else \
	  race=; echo "no C compiler: tests run without the race detector"; \
	fi; \
	echo "$(GO) test $$race -timeout $(TIMEOUT) ./..."; \
	$(GO) test $$race -timeout $(TIMEOUT) ./...

chaos: ## break things and judge the books: SCENARIO=kill,cluster,down,login,poison,restore,letters,soak SEEDS=3 DOCUMENTS= WAITS=scaled OUTAGE=30s FOR=2m RATE=50
	$(GO) run ./internal/chaos/cmd -seeds $(SEEDS) -first $(FIRST) $(if $(SCENARIO),-scenario $(SCENARIO)) $(if $(DOCUMENTS),-documents $(DOCUMENTS)) \
	  $(if $(KILLS),-kills $(KILLS)) $(if $(WAITS),-waits $(WAITS)) $(if $(OUTAGE),-outage $(OUTAGE)) $(if $(FOR),-for $(FOR)) $(if $(RATE),-rate $(RATE)) \
	  $(if $(HITS),-hits $(HITS)) $(if $(FREEZE),-freeze)

audit: ## print what invoices come to by NetSuite's rules, and what lost answers, refused sign-ins and people's changes do
	COUNTERPUNCH_AUDIT=all $(GO) test -count=1 -v -timeout 40m ./internal/audit

# govulncheck ends with 3 when it finds something; with no way to its database nothing can be said.
lint: ## gofmt, vet, staticcheck, govulncheck
	@out="$$($(GOFMT) -l $$($(GO) list -f '{{.Dir}}' ./...))"; if [ -n "$$out" ]; then printf 'not formatted (make fmt):\n%s\n' "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@echo "$(GO) tool govulncheck ./..."; \
	out="$$($(GO) tool govulncheck ./... 2>&1)"; code=$$?; \
	case "$$code:$$out" in \
	  0:*) echo "$$out" ;; \
	  3:*) echo "$$out"; exit 3 ;; \
	  *"fetching vulnerabilities"*|*"vuln.go.dev"*) echo "govulncheck skipped: the vulnerability database cannot be reached" ;; \
	  *) echo "$$out"; exit 1 ;; \
	esac

fuzz: ## run each fuzz target for FUZZTIME (10s)
	@for pkg in $$($(GO) list ./...); do \
	  list="$$($(GO) test -list '^Fuzz' $$pkg)" || { echo "$$list"; exit 1; }; \
	  for target in $$(echo "$$list" | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

bench: ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-calls: ## count the calls to NetSuite a document, over 1,000 documents
	$(GO) test -run '^$$' -bench CallsOfADocument -benchtime 1x ./internal/audit

fmt: ## format the source
	$(GOFMT) -w $$($(GO) list -f '{{.Dir}}' ./...)

clean: ## remove what was built
	rm -rf bin coverage.txt
