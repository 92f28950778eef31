# SPDX-License-Identifier: GPL-2.0-or-later
#
# Catalogues of translated messages; docs/contributing.md says how a text is marked and how a language is added.
#
#   LINGUAS          the languages, each with its LANGUAGE.po here
#   make pot         build/po/keybag.pot: all texts, from the sources of what people see
#   make update-po   takes them over into each LANGUAGE.po: new ones are empty there, changed ones fuzzy
PO_DOMAIN := keybag
PO_LANGUAGES := $(shell sed '/^\#/d' helper/po/LINGUAS)
PO_CATALOGUES := $(PO_LANGUAGES:%=build/po/locale/%/LC_MESSAGES/$(PO_DOMAIN).mo)

# Programs whose texts people see, with the libraries whose errors they print.
po_objects = $(keybagctl_objects) $(keychainctl_objects) $(git_credential_objects) $(docker_credential_objects) \
	$(libkeybag_objects) $(libkeychain_objects) $(secret_transfer_objects)
PO_SOURCES = $(sort $(patsubst build/%.o,%.c,$(po_objects)) $(wildcard helper/agent/*.[ch] helper/pam/*.[ch] \
	helper/keybagctl/*.h helper/keychain/command/*.h helper/keychain/credential/*.h))

.PHONY: pot update-po
pot: build/po/keybag.pot

# Made anew where any of the sources is newer; in the order of their names, so that it is the same everywhere.
build/po/keybag.pot: helper/po/build.mk FORCE-pot
	@mkdir -p $(@D)
	@printf '%s\n' $(PO_SOURCES) >build/po/POTFILES
	@xgettext --files-from=build/po/POTFILES --output=$@ --from-code=UTF-8 --language=C --add-location=file \
		--keyword --keyword=_ --keyword=N_ --keyword=translate_count:1,2 --add-comments=Translators: \
		--package-name=Keybag --msgid-bugs-address=keybag@localhost \
		--copyright-holder='the authors of Keybag'
.PHONY: FORCE-pot
FORCE-pot:

build/po/locale/%/LC_MESSAGES/$(PO_DOMAIN).mo: helper/po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

update-po: build/po/keybag.pot
	for language in $(PO_LANGUAGES); do \
		msgmerge --quiet --update --backup=none --previous --add-location=file helper/po/$$language.po $< || exit 1; \
	done

helper-programs: $(PO_CATALOGUES)

install-programs:: $(PO_CATALOGUES)
	for language in $(PO_LANGUAGES); do \
		install -D -m 0644 build/po/locale/$$language/LC_MESSAGES/$(PO_DOMAIN).mo \
			$(DESTDIR)$(LOCALEDIR)/$$language/LC_MESSAGES/$(PO_DOMAIN).mo || exit 1; \
	done
