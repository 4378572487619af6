# make            build/vmnetcheck              make demo     the main job on a built-in guest (as root)
# make check      all tests (as root)           make check-unit   the quick ones
# make bench      speed beside the peers (as root)    make install  DESTDIR= PREFIX=/usr/local    make uninstall
# V=1 shows the commands; SANITIZE=1 builds with AddressSanitizer and UBSan; B= names another build directory.

CC         ?= cc
CFLAGS     ?= -O2 -g
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
MANDIR     ?= $(PREFIX)/share/man
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
V          ?= 0

ifeq ($(SANITIZE),1)
B          ?= build-sanitize
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
B          ?= build

# A tarball has no history: .version, if there is one, or the last release.
VERSION := $(shell git describe --always --dirty --match 'v*' 2>/dev/null | sed 's/^v//' || true)
ifeq ($(VERSION),)
VERSION := $(shell cat .version 2>/dev/null || echo 0.1.0)
endif

LIBRARIES := libpcap libmnl jansson libcap-ng
WARNINGS  := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
             -Wwrite-strings -Wformat=2 -Wundef
# -ffile-prefix-map keeps the place of the build out of the binary.
OUR_CFLAGS := -std=c11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -Iinclude -fstack-protector-strong -fPIE -pthread \
              -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(SANITIZERS) $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
OUR_LDFLAGS := -pie -Wl,-z,relro,-z,now $(SANITIZERS)
# Only their headers: the libraries are loaded when they are needed. libxml2 takes a fifth of the time to the first frame, for
# ICU, and most runs read no XML.
LIBXML     := $(shell objdump -p "$$($(CC) -print-file-name=libxml2.so)" 2>/dev/null | awk '$$1 == "SONAME" { print $$2 }')
OUR_CFLAGS += -DLIBXML='"$(LIBXML)"' $(shell $(PKG_CONFIG) --cflags libxml-2.0)
# LIBVIRT= builds without it.
LIBVIRT    ?= $(shell $(PKG_CONFIG) --exists libvirt && echo 1)
ifeq ($(LIBVIRT),1)
OUR_CFLAGS += -DHAVE_LIBVIRT $(shell $(PKG_CONFIG) --cflags libvirt)
endif
LDLIBS     := $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) $(shell libnet-config --libs) -lm
ifneq ($(SANITIZE),)
OUR_CFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(OUR_CFLAGS))
endif

SOURCES := $(filter-out src/main.c,$(wildcard src/*.c src/*/*.c)) $(wildcard probes/*.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
UNITS   := $(patsubst tests/unit/test_%.c,$(B)/tests/unit_%,$(wildcard tests/unit/test_*.c))
TOOLS   := $(patsubst tests/tools/%.c,$(B)/tests/%,$(wildcard tests/tools/*.c)) \
           $(patsubst tests/tools/%/,$(B)/tests/%,$(wildcard tests/tools/*/))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

Q_0 := @
Q   := $(Q_$(V))
say  = $(if $(Q),@printf '  %-4s %s\n' $(1) $(2))

all: $(B)/vmnetcheck

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

# Only these know the version: a new commit must not build everything anew.
VERSIONED := $(B)/src/cli/help.o $(B)/src/report/json.o
$(VERSIONED): CPPFLAGS += -DVERSION='"$(VERSION)"'
$(VERSIONED): $(B)/version
$(B)/version: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(VERSION)' | cmp -s - $@ || printf '%s\n' '$(VERSION)' >$@

# ---- tests ----

$(B)/tests/unit_%: $(B)/tests/unit/test_%.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/tests/unit/%.o $(B)/tests/fuzz/%.o $(B)/tests/tools/%.o: OUR_CFLAGS += -Itests/unit -Iprobes -Isrc/verdict -Isrc/cli -Isrc/link -Isrc/session -Isrc/recording -Isrc/run

$(B)/tests/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libvmnetcheck.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

define tool
$(B)/tests/$(1): $(patsubst %.c,$(B)/%.o,$(2))
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(TOOL_LDLIBS)
endef
$(foreach source,$(wildcard tests/tools/*.c),$(eval $(call tool,$(basename $(notdir $(source))),$(source))))
$(foreach folder,$(wildcard tests/tools/*/),$(eval $(call tool,$(notdir $(folder:/=)),$(wildcard $(folder)*.c))))
# This one is made of the program itself.
$(B)/tests/findings_manual: $(B)/libvmnetcheck.a
$(B)/tests/findings_manual: TOOL_LDLIBS = $(LDLIBS)

tools: $(TOOLS)
units: $(UNITS)

check-unit: $(UNITS)
	tests/run 'unit_*'

# What root has built belongs to who called sudo.
HAND_BACK := [ -z "$$SUDO_UID" ] || chown -R "$$SUDO_UID:$$SUDO_GID" $(B) build-sanitize 2>/dev/null || true

# As root. Installs what is missing, builds all, runs all; then the same under the sanitizers.
check:
	@tests/install-packages check
	$(MAKE) all units tools
	$(MAKE) SANITIZE=1 all units tools
	@tests/check; status=$$?; $(HAND_BACK); exit $$status

# As root: speed and cost beside the peers. See tests/bench/RESULTS.md.
bench:
	@tests/install-packages bench
	$(MAKE) all tools
	@tests/bench/run; status=$$?; $(HAND_BACK); exit $$status

demo:
	@tests/install-packages demo
	$(MAKE) all tools
	@tests/demo; status=$$?; $(HAND_BACK); exit $$status

fuzzers:
	$(MAKE) CC=clang SANITIZE=1 B=build-fuzz CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' $(FUZZERS:$(B)/%=build-fuzz/%)

# ---- manual, format, lint ----

manual: $(B)/tests/findings_manual
	$< >man/vmnetcheck-findings.7.new && mv man/vmnetcheck-findings.7.new man/vmnetcheck-findings.7

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# ---- installation ----

install: all
	$(INSTALL) -D -m 755 $(B)/vmnetcheck $(DESTDIR)$(SBINDIR)/vmnetcheck
	$(INSTALL) -D -m 644 man/vmnetcheck.8 $(DESTDIR)$(MANDIR)/man8/vmnetcheck.8
	$(INSTALL) -D -m 644 man/vmnetcheck-findings.7 $(DESTDIR)$(MANDIR)/man7/vmnetcheck-findings.7

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/vmnetcheck $(DESTDIR)$(MANDIR)/man8/vmnetcheck.8 \
	      $(DESTDIR)$(MANDIR)/man7/vmnetcheck-findings.7

clean:
	rm -rf build build-sanitize build-fuzz

-include $(OBJECTS:.o=.d) $(B)/src/main.d $(wildcard $(B)/tests/*/*.d $(B)/tests/tools/*/*.d)

.PHONY: all tools units check check-unit bench demo fuzzers manual format install uninstall clean force
.SECONDARY:
