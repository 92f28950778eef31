# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helpers of git and docker: by the library as it is installed, and JSON of their own.
GIT_CREDENTIAL := build/helper/keychain/credential/git-credential-keychain
DOCKER_CREDENTIAL := build/helper/keychain/credential/docker-credential-keychain

helper-programs: $(GIT_CREDENTIAL) $(DOCKER_CREDENTIAL)

credential_objects := $(addprefix build/helper/keychain/credential/,complain.o credential_options.o locked_text.o login.o site.o) \
	$(HELPER_CLI) $(HELPER_COMMON)
git_credential_objects := $(addprefix build/helper/keychain/credential/,git.o git_fields.o git_secret.o) $(credential_objects)
docker_credential_objects := $(addprefix build/helper/keychain/credential/,docker.o docker_message.o) \
	$(addprefix build/helper/keychain/base/,json_date.o json_format.o json_parse.o real.o value.o) $(credential_objects)

$(GIT_CREDENTIAL): $(git_credential_objects) $(LIBKEYCHAIN)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(git_credential_objects) $(LIBKEYCHAIN_LINK) -lcbor -Wl,-rpath-link,build/helper/lib

$(DOCKER_CREDENTIAL): $(docker_credential_objects) $(LIBKEYCHAIN)
	$(CC) $(HELPER_LDFLAGS) -o $@ $(docker_credential_objects) $(LIBKEYCHAIN_LINK) -lcbor -lm -Wl,-rpath-link,build/helper/lib

install-programs:: $(GIT_CREDENTIAL) $(DOCKER_CREDENTIAL)
	install -D -m 0755 $(GIT_CREDENTIAL) $(DESTDIR)$(BINDIR)/git-credential-keychain
	install -D -m 0755 $(DOCKER_CREDENTIAL) $(DESTDIR)$(BINDIR)/docker-credential-keychain
