# The front of the build. Underneath: scripts/setup.sh, CMake presets (release, bench, dev, tsan, fuzz) and ctest.
# `make help` lists the commands.

PREFIX ?= /usr/local
DESTDIR ?=
# Passed to `tp demo` or `tp bench`, e.g. make demo ARGS="--seconds 60"
ARGS ?=
# Passed to cmake, e.g. make build CMAKE_ARGS="-DAERON_ROOT=/opt/aeron"
CMAKE_ARGS ?=
export DESTDIR

.DEFAULT_GOAL := help
.PHONY: help demo test build bench bench-rivals install codecs rules symbols check-tsan fuzz format clean distclean setup release

help: ## show this list
	@echo "tensorpool: make COMMAND"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-13s %s\n", $$1, $$2 }'
	@echo "Variables: PREFIX, DESTDIR (install), ARGS (demo, bench), CMAKE_ARGS (build), FUZZ_SECONDS (fuzz)"

demo: ## set up, build, and show the camera pipeline (ARGS="--seconds 60")
	@scripts/setup.sh build demo
	@$(MAKE) --no-print-directory release
	@inputs="$(if $(findstring --input,$(ARGS)),,$$(scripts/demo-input.sh))" && set -x && build/release/bin/tp demo $$inputs $(ARGS)

test: ## set up, build, and run every test and check there is
	@scripts/setup.sh test
	@scripts/test.sh

build: ## set up and build the library and the tp program (build/release)
	@scripts/setup.sh build
	@$(MAKE) --no-print-directory release

release:
	@cmake --preset release $(CMAKE_ARGS)
	@cmake --build --preset release

# With the rivals, if `make bench-rivals` was run before.
bench: ## measure this machine; table here, plots in build/bench.html (ARGS="--full", ARGS="--quick")
	@scripts/setup.sh build
	@if [ -f build/bench/build.ninja ]; then cmake --build --preset bench; else $(MAKE) --no-print-directory release; fi
	@tp=build/release/bin/tp; [ ! -f build/bench/build.ninja ] || tp=build/bench/bin/tp; \
	set -x && $$tp bench --html build/bench.html --save build/bench.json $(ARGS)

bench-rivals: ## set up and build tp with all rivals that tp bench knows (build/bench)
	@scripts/setup.sh build rivals
	@cmake --preset bench $(CMAKE_ARGS)
	@cmake --build --preset bench

install: ## install what was built: make install PREFIX=/usr DESTDIR=/tmp/stage
	@[ -f build/release/build.ninja ] || $(MAKE) --no-print-directory build
	cmake --install build/release --prefix $(PREFIX)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

codecs: ## regenerate src/wire/gen from schemas/ (needs Java)
	@scripts/setup.sh codecs
	@scripts/codecs.sh

rules: ## where each rule of the protocol is enforced and which test proves it
	@python3 scripts/rules.py

symbols: ## rewrite cmake/exported-symbols.txt from what the library exports
	@scripts/setup.sh build
	@cmake --preset release $(CMAKE_ARGS) > /dev/null
	@cmake --build --preset release --target tensorpool tensorpool_static
	@scripts/check-symbols.sh --update cmake/exported-symbols.txt build/release/libtensorpool.so build/release/libtensorpool.a

check-tsan: ## the lock-free parts under ThreadSanitizer (clang)
	@scripts/setup.sh build check
	@cmake --preset tsan $(CMAKE_ARGS) > /dev/null
	@cmake --build --preset tsan
	@ctest --preset tsan

fuzz: ## run each fuzz target for FUZZ_SECONDS (default 30; clang)
	@scripts/setup.sh build check
	@cmake --preset fuzz $(CMAKE_ARGS) > /dev/null
	@cmake --build --preset fuzz
	@scripts/fuzz.sh

format: ## lay out every C source as .clang-format says (clang-format 14)
	@git ls-files 'include/*.h' 'src/*.[ch]' 'tools/*.[ch]' 'examples/*.[ch]' 'tests/*.[ch]' 'src/*.cpp' | grep -v /gen/ | xargs clang-format -i

setup: ## only install what is missing for all of these
	@scripts/setup.sh test

clean: ## remove what was built; the built Aeron stays
	rm -rf build/release build/bench build/dev build/tsan build/fuzz build/*.log

distclean: ## remove everything that was built
	rm -rf build
