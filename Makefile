# Each line calls bin/; run `make` or `make help` for the list.
.DEFAULT_GOAL := help
.PHONY: help setup run stop clean shell odoo psql dropdb test matrix lint pot bench format

PORT ?= 8069
export PORT

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1|/p' Makefile | awk -F'|' '{printf "  %-14s %s\n", $$1, $$2}'

setup:  ## fetch and prepare all that the other commands need
	@bin/setup $(ARGS)

run:  ## serve the suite with demo data on 127.0.0.1 (PORT=8069)
	@bin/run $(ARGS)

stop:  ## stop the server and the database cluster
	@bin/stop

clean:  ## stop all and remove what set-up made in this clone
	@bin/clean

shell:  ## Odoo's shell on the served database; reads a script on standard input
	@bin/shell $(DB)

odoo:  ## Odoo's command line with the suite's configuration: ARGS="…"
	@bin/odoo $(ARGS)

psql:  ## psql on the clone's cluster (DB=dealer)
	@bin/psql $(DB)

dropdb:  ## drop a database with its files: DB=…
	@bin/dropdb "$(DB)"

test:  ## all tests and lint; ADDONS=a,b TAGS=… ONLY=odoo|pytest|lint narrow it
	@bin/test

matrix:  ## each addon alone, uninstall, upgrade, Odoo's and OCA's own suites; resumes
	@bin/matrix

lint:  ## all linters, licences, translations
	@bin/lint

format:  ## let the formatters write: ruff, prettier, READMEs of the addons
	@bin/lint --fix

pot:  ## export i18n/*.pot anew and bring zh_CN.po up to date
	@bin/pot $(ADDONS)

bench:  ## run benchmarks/
	@bin/bench $(ARGS)
