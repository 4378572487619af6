# `make help` says what can be made and set: it prints the comments that begin with two #.

## V=1           shows the commands
## SANITIZE=1    AddressSanitizer and UBSan, in build-sanitize
## WERROR=1      a warning is an error
## B=FOLDER      where it is built
## LIBVIRT= NFTABLES= BPF=   without these, where what they need is there
## CC= CFLAGS= CPPFLAGS= LDFLAGS= PKG_CONFIG=    as usual
## DESTDIR= PREFIX=/usr/local SBINDIR= MANDIR= UNITDIR= DOCDIR= ZSHDIR=   where it is installed
CC         ?= cc
CFLAGS     ?= -O2 -g
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DOCDIR     ?= $(DATADIR)/doc/vmnetcheck
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
V          ?= 0
WERROR     ?= 0
SYSTEM     ?= $(shell uname -s | tr A-Z a-z)

ifeq ($(SANITIZE),1)
B          ?= build-sanitize
# Their libraries open files and look into the process, which is therefore not confined: see src/priv/confine.h.
CONFINED   := -DUNCONFINED
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
B          ?= build

# The one place of the version: that of the release, or of the next one. What is between two, src/packaging/version says.
RELEASE := 0.2.0
VERSION := $(shell src/packaging/version $(RELEASE))

# yajl reads documents piece by piece, seven times as fast as jansson, which makes trees of them, and writes ours.
LIBRARIES := libpcap libmnl jansson yajl libcap-ng libseccomp smartcols
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wwrite-strings \
             -Wformat=2 -Wundef -Wconversion -Wsign-conversion
# For those who change it: another compiler may warn of other things, and is no reason to have no program.
ifeq ($(WERROR),1)
WARNINGS  += -Werror
endif
# It needs an optimizing compiler, and a packager's own stands.
ifeq ($(SANITIZERS)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),)
FORTIFY   := $(if $(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif
# -ffile-prefix-map keeps the place of the build out of the binary.
# With 32 bits for the number of a file, /proc cannot be read on a 32-bit machine.
OUR_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(FORTIFY) -Iinclude -fstack-protector-strong -fPIE -pthread \
              -ffile-prefix-map=$(CURDIR)=. $(CONFINED) $(WARNINGS) $(SANITIZERS) $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
OUR_LDFLAGS := -pie -Wl,-z,relro,-z,now $(SANITIZERS)
# Only their headers: the libraries are loaded when they are needed. libxml2 takes a fifth of the time to the first frame, for
# ICU, and most runs read no XML.
LIBXML     := $(shell objdump -p "$$($(CC) -print-file-name=libxml2.so)" 2>/dev/null | awk '$$1 == "SONAME" { print $$2 }')
OUR_CFLAGS += -DLIBXML='"$(LIBXML)"' $(shell $(PKG_CONFIG) --cflags libxml-2.0)
LIBVIRT    ?= $(shell $(PKG_CONFIG) --exists libvirt && echo 1)
ifeq ($(LIBVIRT),1)
OUR_CFLAGS += -DHAVE_LIBVIRT $(shell $(PKG_CONFIG) --cflags libvirt)
endif
NFTABLES   ?= $(shell $(PKG_CONFIG) --exists libnftables && echo 1)
ifeq ($(NFTABLES),1)
OUR_CFLAGS += -DHAVE_NFTABLES
endif
# The program that notes what the kernel drops is made by clang for the kernel, and a header of it by bpftool for us.
CLANG      ?= clang
BPFTOOL    ?= $(shell PATH="$$PATH:/usr/sbin" command -v bpftool || echo bpftool)
KERNEL_HEADERS := $(addprefix /usr/include/,$(shell $(CC) -print-multiarch 2>/dev/null))
BPF        ?= $(shell { command -v $(CLANG) && $(BPFTOOL) version && $(PKG_CONFIG) --exists libbpf; } >/dev/null 2>&1 && echo 1)
ifeq ($(BPF),1)
OUR_CFLAGS += -DHAVE_BPF $(shell $(PKG_CONFIG) --cflags libbpf)
LIBRARIES  += libbpf
endif
LDLIBS     := $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) $(shell libnet-config --libs) -lm

# NAME_linux.c is for Linux only, and so on; all others are portable.
OTHER_SYSTEMS := $(filter-out $(SYSTEM),linux freebsd netbsd openbsd darwin)
SOURCES := $(filter-out src/main.c %_bpf.c $(addprefix %_,$(OTHER_SYSTEMS:=.c)),$(wildcard src/*.c src/*/*.c)) $(wildcard probes/*.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
UNITS   := $(patsubst tests/unit/test_%.c,$(B)/tests/unit_%,$(wildcard tests/unit/test_*.c))
TOOLS   := $(patsubst tests/tools/%.c,$(B)/tests/%,$(wildcard tests/tools/*.c)) \
           $(patsubst tests/tools/%/,$(B)/tests/%,$(wildcard tests/tools/*/))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

Q_0 := @
Q   := $(Q_$(V))
say  = $(if $(Q),@printf '  %-4s %s\n' $(1) $(2))

all: $(B)/vmnetcheck ## the program

$(B)/vmnetcheck: $(B)/src/main.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libvmnetcheck.a: $(OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(B)/%.o: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The kernel's verifier reads it, not the processor: it is the same on all of them but for the order of bytes.
$(B)/%_bpf.o: %_bpf.c src/host/drops_map.h
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror $(addprefix -idirafter ,$(KERNEL_HEADERS)) \
	    -ffile-prefix-map=$(CURDIR)=. -c -o $@ $<

$(B)/%.skel.h: $(B)/%_bpf.o
	$(call say,SKEL,$@)
	$(Q){ echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name $(*F)_program && echo '/* NOLINTEND */'; } >$@.new && mv $@.new $@

ifeq ($(BPF),1)
SKELETONS := $(B)/src/host/drops.skel.h
$(B)/src/host/drops_linux.o: $(SKELETONS)
$(B)/src/host/drops_linux.o: OUR_CFLAGS += -isystem $(B)/src/host -ffile-prefix-map=$(B)=build
endif

# Only this knows the version: a new commit must not build everything anew.
VERSIONED := $(B)/src/base/version.o
$(VERSIONED): OUR_CFLAGS += -DVERSION='"$(VERSION)"'
$(VERSIONED): $(B)/version
$(B)/version: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(VERSION)' | cmp -s - $@ || printf '%s\n' '$(VERSION)' >$@

# ---- tests ----

$(B)/tests/unit_%: $(B)/tests/unit/test_%.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/tests/unit/%.o $(B)/tests/fuzz/%.o $(B)/tests/tools/%.o: OUR_CFLAGS += -Itests/unit -Iprobes -Isrc/host -Isrc/verdict -Isrc/cli -Isrc/link -Isrc/priv -Isrc/session -Isrc/recording -Isrc/run

$(B)/tests/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# The same, without libFuzzer: it tries the files that it is given.
$(B)/tests/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# This one plays the simulated guest of the unit tests.
$(B)/tests/fuzz_session $(B)/tests/replay_session: LDLIBS += -lcmocka

define tool
$(B)/tests/$(1): $(patsubst %.c,$(B)/%.o,$(2))
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(TOOL_LDLIBS)
endef
$(foreach source,$(wildcard tests/tools/*.c),$(eval $(call tool,$(basename $(notdir $(source))),$(source))))
$(foreach folder,$(wildcard tests/tools/*/),$(eval $(call tool,$(notdir $(folder:/=)),$(wildcard $(folder)*.c))))
# This one needs a library that only it needs: without it, it is left out, and its test is skipped.
LWIP    := $(shell $(PKG_CONFIG) --exists lwip && echo 1)
ifeq ($(LWIP),)
TOOLS   := $(filter-out $(B)/tests/lwip,$(TOOLS))
endif
$(B)/tests/tools/lwip.o: OUR_CFLAGS += $(shell $(PKG_CONFIG) --cflags lwip 2>/dev/null)
$(B)/tests/lwip: TOOL_LDLIBS = $(shell $(PKG_CONFIG) --libs lwip)
# These are made of the program itself.
OF_PROGRAM := $(B)/tests/completions $(B)/tests/findings_manual $(B)/tests/injected $(B)/tests/trace
$(OF_PROGRAM): $(B)/libvmnetcheck.a
$(OF_PROGRAM): TOOL_LDLIBS = $(LDLIBS)

# The program as BPF= makes it, of the same objects but for those that know: a test compares what the two say.
WITHOUT_BPF := $(B)/tests/without-bpf
$(WITHOUT_BPF): $(B)/src/main.o $(B)/tests/without/drops_linux.o $(B)/tests/without/tracer_linux.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/without/%.o: src/host/%.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -DHAVE_BPF,$(OUR_CFLAGS)) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

tools: $(TOOLS) $(WITHOUT_BPF)
units: $(UNITS)
replays: $(FUZZERS:$(B)/tests/fuzz_%=$(B)/tests/replay_%)

check-unit: $(UNITS) ## the quick tests, which need no root
	tests/run 'unit_*'

# What root has built belongs to who called sudo.
HAND_BACK := [ -z "$$SUDO_UID" ] || chown -R "$$SUDO_UID:$$SUDO_GID" $(B) build-* 2>/dev/null || true

# As root. Installs what is missing, builds all, runs all; then the same under the sanitizers.
check: ## all tests, as root
	@tests/install-packages check
	$(MAKE) all units tools
	$(MAKE) SANITIZE=1 all units tools
	@tests/check; status=$$?; $(HAND_BACK); exit $$status

# As root, for hours: see tests/soak.
soak: ## every healthy network and every fault, 20 rounds (SOAK_ROUNDS), as root
	@tests/install-packages check
	$(MAKE) all tools
	@tests/soak; status=$$?; $(HAND_BACK); exit $$status

# As root: speed and cost beside the peers. See tests/bench/RESULTS.md.
bench: ## speed and cost beside the peers, as root
	@tests/install-packages bench
	$(MAKE) all tools
	$(MAKE) B=build-unconfined CONFINED=-DUNCONFINED all
	@tests/bench/run; status=$$?; $(HAND_BACK); exit $$status

demo: ## the main job on built-in guests, as root
	@tests/install-packages demo
	$(MAKE) all tools
	@tests/demo; status=$$?; $(HAND_BACK); exit $$status

coverage: ## which lines the tests run: units and, as root, the live ones, or those that COVER names (COVER=units: none)
	$(MAKE) B=build-coverage CONFINED=-DUNCONFINED CFLAGS='-O1 -g --coverage -fno-inline -include tests/coverage.h' LDFLAGS=--coverage all units tools
	@tests/coverage $(COVER); status=$$?; $(HAND_BACK); exit $$status

fuzzers: ## libFuzzer programs, in build-fuzz
	$(MAKE) CC=clang SANITIZE=1 B=build-fuzz CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' CPPFLAGS=-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $(FUZZERS:$(B)/%=build-fuzz/%)

# As root, for an hour or two.
torture: ## each system call of each command fails once, and 1,000 signals, then on a host with 2,500 processes, as root
	@tests/install-packages check
	$(MAKE) all tools
	@SAMPLE=1 SIGNALS=1000 LIMIT=7200 tests/run live/fail-calls live/signals && \
	    PROCESSES=2500 SIGNALS=1000 LIMIT=7200 tests/run live/signals; status=$$?; $(HAND_BACK); exit $$status

# For a night: FUZZ_SECONDS each, and what was found is where the next one begins.
FUZZ_SECONDS ?= 3600
fuzz-long: fuzzers ## each fuzzer for an hour (FUZZ_SECONDS)
	@tests/fuzz/run $(FUZZ_SECONDS)

# ---- manual, format, lint ----

manual: $(B)/tests/findings_manual ## man/vmnetcheck-findings.7 from include/findings.def
	$< >man/vmnetcheck-findings.7.new && mv man/vmnetcheck-findings.7.new man/vmnetcheck-findings.7

completions: $(B)/tests/completions ## man/completions from the tables of commands and options
	@mkdir -p man/completions
	$< bash >man/completions/vmnetcheck
	$< zsh >man/completions/_vmnetcheck
	$< fish >man/completions/vmnetcheck.fish

format: ## the source, by clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

compile_commands.json: force ## for editors and clang-tidy
	@$(MAKE) -nB V=1 all units tools replays | \
	    sed -n 's/[\\"]/\\&/g; s|.* -c -o [^ ]* \(.*\)|{"directory": "$(CURDIR)", "file": "\1", "command": "&"}|p' | \
	    sort -u | sed '1s/^/[/; $$!s/$$/,/; $$s/$$/]/' >$@.new && mv $@.new $@

tidy: compile_commands.json $(SKELETONS) ## clang-tidy over all sources; .clang-tidy says what it looks for
	$(call say,TIDY,$(B))
	$(Q)run-clang-tidy -quiet -j $$(nproc) -header-filter='$(CURDIR)/.*' 2>/dev/null

# ---- installation ----

EXAMPLES := $(wildcard src/packaging/examples/*)
HOOKS    := $(filter %hook %hookscript,$(EXAMPLES))

install: all ## the program and its manual
	$(INSTALL) -D -m 755 $(B)/vmnetcheck $(DESTDIR)$(SBINDIR)/vmnetcheck
	$(INSTALL) -D -m 644 man/vmnetcheck.8 $(DESTDIR)$(MANDIR)/man8/vmnetcheck.8
	$(INSTALL) -D -m 644 man/vmnetcheck-findings.7 $(DESTDIR)$(MANDIR)/man7/vmnetcheck-findings.7
	$(INSTALL) -D -m 644 src/report/schema-1.json $(DESTDIR)$(DATADIR)/vmnetcheck/schema-1.json
	$(INSTALL) -D -m 644 man/completions/vmnetcheck $(DESTDIR)$(DATADIR)/bash-completion/completions/vmnetcheck
	$(INSTALL) -D -m 644 man/completions/_vmnetcheck $(DESTDIR)$(ZSHDIR)/_vmnetcheck
	$(INSTALL) -D -m 644 man/completions/vmnetcheck.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/vmnetcheck.fish
	$(INSTALL) -D -m 644 src/packaging/systemd/vmnetcheck.service $(DESTDIR)$(UNITDIR)/vmnetcheck.service
	$(INSTALL) -D -m 644 src/packaging/systemd/vmnetcheck.timer $(DESTDIR)$(UNITDIR)/vmnetcheck.timer
	$(INSTALL) -D -m 644 src/packaging/prometheus/vmnetcheck.rules.yml $(DESTDIR)$(DOCDIR)/examples/vmnetcheck.rules.yml
	$(INSTALL) -m 644 $(filter-out $(HOOKS),$(EXAMPLES)) $(DESTDIR)$(DOCDIR)/examples
	$(INSTALL) -m 755 $(HOOKS) $(DESTDIR)$(DOCDIR)/examples

uninstall: ## takes them away
	rm -f $(DESTDIR)$(SBINDIR)/vmnetcheck $(DESTDIR)$(MANDIR)/man8/vmnetcheck.8 \
	      $(DESTDIR)$(MANDIR)/man7/vmnetcheck-findings.7 $(DESTDIR)$(DATADIR)/vmnetcheck/schema-1.json \
	      $(DESTDIR)$(DATADIR)/bash-completion/completions/vmnetcheck \
	      $(DESTDIR)$(ZSHDIR)/_vmnetcheck \
	      $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/vmnetcheck.fish \
	      $(DESTDIR)$(UNITDIR)/vmnetcheck.service $(DESTDIR)$(UNITDIR)/vmnetcheck.timer \
	      $(addprefix $(DESTDIR)$(DOCDIR)/examples/,vmnetcheck.rules.yml $(notdir $(EXAMPLES)))

# ---- packages ----

TARBALL := $(B)/dist/vmnetcheck-$(VERSION).tar.gz

dist: ## the tarball of this source tree, the same bytes wherever it is made
	$(call say,TAR,$(TARBALL))
	@mkdir -p $(B)/dist
	$(Q)src/packaging/dist $(VERSION) $(TARBALL)

deb: dist ## the package for Debian and Ubuntu, in build/deb
	src/packaging/build-deb $(TARBALL) $(VERSION) $(B)/deb

rpm: dist ## the package for Fedora and its like, in build/rpm
	src/packaging/build-rpm $(TARBALL) $(VERSION) $(B)/rpm

clean: ## what was built
	rm -rf build build-* compile_commands.json

help: ## this
	@sed -n 's/^\([a-z_.-]*\):.*## /make \1\t/p' Makefile | expand -t 28
	@printf '\nSettings\n'; sed -n 's/^## /  /p' Makefile

-include $(OBJECTS:.o=.d) $(B)/src/main.d $(wildcard $(B)/tests/*/*.d $(B)/tests/tools/*/*.d)

.PHONY: all tools units replays check check-unit soak bench demo coverage fuzzers fuzz-long torture manual completions format tidy dist deb rpm install uninstall clean help force
.PRECIOUS: $(B)/%.o $(B)/%_bpf.o $(B)/%.skel.h
