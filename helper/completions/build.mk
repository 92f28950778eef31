# SPDX-License-Identifier: GPL-2.0-or-later
# For zsh and fish one script serves both programs: it asks their --help. bash's know more of values.
build/completions/_%: helper/completions/zsh.in
	@mkdir -p $(@D)
	sed 's/@program@/$*/g' $< >$@

build/completions/%.fish: helper/completions/fish.in
	@mkdir -p $(@D)
	sed 's/@program@/$*/g' $< >$@

completions := $(foreach program,keybagctl keychainctl,build/completions/_$(program) build/completions/$(program).fish)
helper-programs: $(completions)

install-programs:: $(completions)
	install -D -m 0644 helper/completions/keybagctl $(DESTDIR)$(DATADIR)/bash-completion/completions/keybagctl
	for program in keybagctl keychainctl; do \
		install -D -m 0644 build/completions/_$$program \
			$(DESTDIR)$(DATADIR)/zsh/vendor-completions/_$$program && \
		install -D -m 0644 build/completions/$$program.fish \
			$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/$$program.fish || exit 1; \
	done
