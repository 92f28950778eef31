# SPDX-License-Identifier: GPL-2.0-or-later
#
# Keybag: data protection for Linux.
#
#   make                 build the kernel module and the helper programs
#   make install         install them (DESTDIR, PREFIX); uninstall removes them again
#   make deb             Debian packages, in build/deb; VERSION= to call them another version
#   make demo            see the main job, in a virtual machine
#   make check           all tests; ONLY=pattern for some, KERNEL= for another kernel
#   make vm CMD='...'    a shell command as root in a fresh machine with the project installed;
#                        without CMD a shell. SHARE=folder DISK=file KERNEL=6.1|backports|kasan|lockdep
#                        VM=systemd TPM=folder OUT=folder MEM=MiB SMP=cpus APPEND='...' TIME=seconds
#   make bench           instruction counts of the data path
#   make style           checkpatch, sparse, W=1 and friends
#   make debug-kernels   build the KASAN and lockdep kernels (about 15 minutes, once)
#   make check-debug     the tests in the machine on both of them
#   make prove           the long tier in slices, resumable (SLICES=names); writes docs/proof.md
#   make faults          plant faults into a copy and see that tests notice (ONLY=names); part of make prove
#   make peers           tests of other programs, with our Secret Service and helpers; prints a table
#   make reach           on which kernels, Debians and architectures it builds, boots and works
#                        (ROWS=12/6.1 for some); writes a table into docs/proof.md
#   make check-long      the long tests without the record
#   make update-po       take changed texts over into the translations (helper/po)
#   make clean           drop what was built; distclean: the fetched kernels as well
#
# KERNEL names a folder of build/kernels (tests/setup fetches them) or an installed kernel; without
# it the running one, if its headers are there. KDIR=folder overrules where its headers are.
# PARTS="module helper" says what is built and installed; PARTS=module leaves the programs out.
#
# Fragments of the folders: this file includes keybag/core.mk and every helper/*/build.mk and
# tests/*/build.mk. A fragment adds what it builds to the prerequisites of helper-programs (or, of the
# tests, of SUITE-programs) and installs it in a double-colon rule install-programs::, using the folders
# named below and DESTDIR. Objects go to build/: there is a rule for build/helper/X.o from
# helper/X.c. The module is described by kmod/Kbuild alone.

$(if $(word 2,$(CURDIR)),$(error no space may be in the path of the checkout ($(CURDIR)): make and the kernel build \
	split names there))

CC ?= gcc
CFLAGS ?= -O2 -g
WARNINGS := -std=gnu17 -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -D_GNU_SOURCE
PYTHON ?= /usr/bin/python3

PREFIX ?= /usr
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib/$(shell $(CC) -print-multiarch)
LIBEXECDIR ?= $(PREFIX)/libexec
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
LOCALEDIR ?= $(DATADIR)/locale
UNITDIR ?= $(PREFIX)/lib/systemd/system
PAMDIR ?= $(LIBDIR)/security
SYSCONFDIR ?= /etc

PARTS ?= module helper
export CC CFLAGS PREFIX PARTS

# -- which kernel ------------------------------------------------------------
running := $(shell uname -r)
KERNEL ?= $(if $(wildcard /lib/modules/$(running)/build/Makefile),$(running),6.1)
fetched := $(firstword $(wildcard build/kernels/$(KERNEL) build/kernels/debug-$(KERNEL)))
KV := $(or $(notdir $(wildcard $(fetched)/root/lib/modules/*)),$(KERNEL))
KDIR ?= $(if $(fetched),$(CURDIR)/$(fetched)/headers,/lib/modules/$(KERNEL)/build)
KBUILD := build/kmod/$(KV)
both := $(if $(filter module,$(PARTS)),$(filter helper,$(PARTS)))
space := $() $()
STAGE := build/stage/$(subst $(space),-,$(strip $(KV) $(if $(both),,$(or $(PARTS),none))))

# Type information for BPF can only be made beside the kernel it goes with. Debian's headers name
# their compiler, those of our debug kernels do not.
kernel_options := $(if $(wildcard $(KDIR)/vmlinux),,CONFIG_DEBUG_INFO_BTF_MODULES=) \
	$(if $(filter build/kernels/debug-%,$(fetched)),CC=gcc-12) \
	$(if $(filter build/kernels/arm64%,$(fetched)),ARCH=arm64 DEB_BUILD_ARCH=amd64 DEB_HOST_ARCH=arm64 \
		DEB_HOST_GNU_TYPE=aarch64-linux-gnu)

# One build of the tree at a time, however many makes run.
LOCK = $(if $(KEYBAG_LOCKED),,mkdir -p build && KEYBAG_LOCKED=1 flock build/.build.lock)

.PHONY: all module helper module-build helper-programs test-programs test-modules install \
	install-module install-module-kernel install-headers install-man uninstall stage setup vm-run demo check bench style \
	prove faults peers reach debug-kernels check-debug check-long clean distclean help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

all: $(PARTS)

module helper:
	@$(LOCK) $(MAKE) --no-print-directory $(if $(filter module,$@),module-build,helper-programs)

# -- the module --------------------------------------------------------------
# Built in a folder of links to the sources, so that each kernel has its own objects.
module-build:
	@test -e $(KDIR)/Makefile || { echo "no headers of kernel $(KERNEL) in $(KDIR): run tests/setup," \
		"or set KERNEL= or KDIR="; exit 1; }
	@mkdir -p $(KBUILD) && find $(KBUILD) -xtype l -delete && \
		cp -rsf $(CURDIR)/Kbuild $(CURDIR)/kmod $(CURDIR)/keybag $(KBUILD)/
	$(MAKE) -s -C $(KDIR) M=$(CURDIR)/$(KBUILD) $(kernel_options) $(KFLAGS) modules

# Onto this machine: for the kernel that runs, or one that was named, not for whichever could be built.
install-module-kernel:
	$(if $(DESTDIR)$(given)$(filter $(running),$(KV)),,@echo "install: the headers of the kernel that runs are not" \
		"there: install linux-headers-$(running), or name another kernel with KERNEL="; exit 1)

install-module: install-module-kernel $(if $(BUILT),,module-build)
	install -D -m 0644 $(KBUILD)/kmod/keybag.ko $(DESTDIR)/lib/modules/$(KV)/updates/keybag.ko
	$(if $(DESTDIR),,depmod $(KV))

# Modules for tests only, never installed; they see the exported symbols of keybag.ko.
test-modules:
	$(if $(wildcard tests/modules/Kbuild),@$(LOCK) $(MAKE) --no-print-directory test-modules-build)
test-modules-build: module-build
	@mkdir -p build/tests/modules/$(KV) && find build/tests/modules/$(KV) -xtype l -delete && \
		cp -rsf $(CURDIR)/tests/modules/. $(CURDIR)/kmod $(CURDIR)/keybag build/tests/modules/$(KV)/
	@# Kbuild does not see that the module's symbols have other checksums now.
	@[ build/tests/modules/$(KV)/Module.symvers -nt $(KBUILD)/Module.symvers ] || \
		find build/tests/modules/$(KV) \( -name '*.ko' -o -name '*.mod*' -o -name '*.symvers*' \) -delete
	$(MAKE) -s -C $(KDIR) M=$(CURDIR)/build/tests/modules/$(KV) \
		$(kernel_options) KBUILD_EXTRA_SYMBOLS=$(CURDIR)/$(KBUILD)/Module.symvers modules

# -- the programs ------------------------------------------------------------
include $(wildcard keybag/core.mk helper/*/build.mk tests/*/build.mk)

build/helper/%.o: helper/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARNINGS) $(HARDENING) -fPIC -I. -Ihelper -Ikmod/uapi -MMD -MP $(CPPFLAGS) -c -o $@ $<
-include $(shell find build/helper -name '*.d' 2>/dev/null)

helper-programs:
install-programs:: helper-programs

# Unit tests, fuzzers and whatever else tests/*/build.mk adds, by the suite that needs it.
SUITES ?= unit fuzz kselftest guest host bench
.PHONY: $(addsuffix -programs,style unit fuzz kselftest guest host bench)
test-programs: $(addsuffix -programs,$(SUITES))
build-tests:
	@$(LOCK) $(MAKE) --no-print-directory helper-programs $(KEYBAG_CORE)
	@mkdir -p build && KEYBAG_LOCKED=1 flock build/.tests.lock $(MAKE) --no-print-directory test-programs

# -- installing --------------------------------------------------------------
MAN_PAGES := $(wildcard docs/man/*.[1-8])

install:
	@$(LOCK) $(MAKE) --no-print-directory install-locked
install-locked: $(addprefix install-,$(PARTS:helper=programs)) install-headers install-man

install-headers:
	install -D -m 0644 kmod/uapi/keybag.h $(DESTDIR)$(INCLUDEDIR)/linux/keybag.h

install-man:
	$(foreach page,$(MAN_PAGES),install -D -m 0644 $(page) \
		$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)) &&) true

# Removes the files that install puts there; settings and keybags stay.
uninstall:
	@rm -rf build/uninstall
	@$(MAKE) -s --no-print-directory install DESTDIR=$(CURDIR)/build/uninstall
	@cd build/uninstall && find . ! -type d ! -path './etc/keybag/*' -printf '%P\n' | \
		while read -r file; do rm -fv "$(DESTDIR)/$$file"; done
	$(if $(DESTDIR),,-depmod $(KV))

# -- the virtual machine, tests ----------------------------------------------
setup:
	@tests/setup

# The project as installed, a layer of the machine's root file system.
stage:
	@$(LOCK) $(MAKE) -s --no-print-directory stage-locked
stage-locked: $(if $(filter module,$(PARTS)),module-build) $(if $(filter helper,$(PARTS)),helper-programs)
	@exec 9>build/.stage.lock && flock 9 && rm -rf $(STAGE) && \
		$(MAKE) -s --no-print-directory install-locked DESTDIR=$(CURDIR)/$(STAGE) PREFIX=/usr BUILT=yes

# These pass on the exit status of what they run; make itself would turn every failure into 2.
# KERNEL is the machine's, by default Debian 12's own.
PASSING := vm demo check bench style prove faults peers reach check-debug check-long
given := $(filter command% env%,$(origin KERNEL))
status := build/vm/.status-$(shell echo $$PPID)
.PHONY: $(PASSING) $(PASSING:=-run)
$(PASSING:=-run): export KERNEL := $(if $(given),$(KERNEL),6.1)
$(PASSING:=-run): export KERNEL_GIVEN := $(if $(given),yes)
$(PASSING:=-run): export PYTHONPATH := tests
$(PASSING:=-run): setup
passed := CMD SHARE OUT DISK VM TPM MEM SMP APPEND TIME ONLY SLICES ROWS
# As they were typed: a dollar sign in CMD is the shell's in the machine, not a variable of make.
$(foreach name,$(passed),$(if $(filter undefined,$(origin $(name))),,$(eval override $(name) := $$(value $(name)))))
export $(passed)

ifneq ($(filter $(PASSING),$(MAKECMDGOALS)),)
-load build/vm/status.so
# Make needs it before it comes to setup, which installs the compiler.
build/vm/status.so: tests/vm/status.c
	@command -v $(CC) >/dev/null || tests/setup packages
	@mkdir -p $(@D) && $(CC) -shared -fPIC -O2 -o $@.$$$$ $< && mv $@.$$$$ $@
endif
$(PASSING): %: %-run
	@$(exit-with $(status))

vm-run:
	@$(MAKE) -s --no-print-directory stage
	@$(PYTHON) -m vm; echo $$? >$(status)

demo-run:
	@$(MAKE) -s --no-print-directory stage
	@tests/demo/run; echo $$? >$(status)

check-run:
	@$(PYTHON) tests/run; echo $$? >$(status)

bench-run:
	@$(MAKE) -s --no-print-directory stage test-modules build-tests
	@$(PYTHON) tests/bench/run; echo $$? >$(status)

style-run:
	@ONLY=tests/style $(PYTHON) tests/run; echo $$? >$(status)

prove-run:
	@$(PYTHON) tests/prove; echo $$? >$(status)

faults-run:
	@$(PYTHON) tests/faults/run; echo $$? >$(status)

peers-run:
	@$(PYTHON) tests/peers/run; echo $$? >$(status)

reach-run:
	@$(PYTHON) tests/reach; echo $$? >$(status)

check-long-run:
	@$(PYTHON) tests/run --long; echo $$? >$(status)

check-debug-run: debug-kernels
	@$(PYTHON) tests/run --debug; echo $$? >$(status)

debug-kernels: setup
	@tests/lib/build-debug-kernels

clean:
	rm -rf build/kmod build/helper build/po build/keybag build/stage build/tests build/check build/uninstall build/deb build/vm/out

distclean:
	rm -rf build

help:
	@sed -n '5,/^$$/s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))
