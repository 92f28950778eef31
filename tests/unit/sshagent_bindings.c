// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Constraints of SSH keys, destinations, the sessions that a connection is bound to, and logins.
 */
#include "helper/sshagent/bind/binding.h"
#include "helper/sshagent/bind/constraint.h"
#include "helper/sshagent/bind/destination.h"
#include "helper/sshagent/bind/login_request.h"
#include "lib/ssh_keys.h"
#include "lib/tap.h"

#define BYTES(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })
#define EXTENSION "\xff"

static struct made_key key, gate, inner, authority;	/* the user's, and of hosts */

/* ---- building ---- */

static void put_hop(struct buffer *to, const char *user, const char *host, const struct made_key *host_key, bool is_authority)
{
	size_t begun = buffer_begin(to);

	buffer_text(to, user);
	buffer_text(to, host);
	buffer_text(to, "");
	if (host_key) {
		buffer_string(to, buffer_content(&host_key->public));
		buffer_u8(to, is_authority);
	}
	buffer_end(to, begun);
}

/* From the host of @from (NULL: where the agent is). */
static void put_destination(struct buffer *to, const struct made_key *from, const char *user, const struct made_key *host)
{
	size_t begun = buffer_begin(to);

	put_hop(to, "", from ? "from" : "", from, false);
	put_hop(to, user, "a.example.org", host, host == &authority);
	buffer_text(to, "");
	buffer_end(to, begun);
}

static bool bind_with(struct bindings *bindings, const struct made_key *host, struct bytes host_key, const char *session, bool forwarded,
		      bool forged)
{
	struct buffer message = BUFFER_NONE, signature = BUFFER_NONE;
	struct reader from;
	bool good;

	check(private_key_sign(&host->key, bytes_of_text(session), 0, &signature));
	signature.data[signature.length - 1] ^= forged;
	buffer_string(&message, host_key);
	buffer_text(&message, session);
	buffer_string(&message, buffer_content(&signature));
	buffer_u8(&message, forwarded);
	from = reader_of_bytes(buffer_content(&message));
	good = bindings_add(bindings, &from);
	buffer_free(&message);
	buffer_free(&signature);
	return good;
}

static bool bind(struct bindings *bindings, const struct made_key *host, const char *session, bool forwarded)
{
	return bind_with(bindings, host, buffer_content(&host->public), session, forwarded, false);
}

static void put_login(struct buffer *to, const char *session, const char *user, const struct made_key *host)
{
	buffer_clear(to);
	buffer_text(to, session);
	buffer_u8(to, 50);
	buffer_text(to, user);
	buffer_text(to, "ssh-connection");
	buffer_text(to, host ? "publickey-hostbound-v00@openssh.com" : "publickey");
	buffer_u8(to, 1);
	buffer_text(to, "ssh-ed25519");
	buffer_string(to, buffer_content(&key.public));
	if (host)
		buffer_string(to, buffer_content(&host->public));
}

static bool permits(const struct bindings *bindings, const struct buffer *destinations, const char *session, const char *user,
		    const struct made_key *host)
{
	struct buffer login = BUFFER_NONE;
	bool good;

	put_login(&login, session, user, host);
	good = bindings_permit(bindings, buffer_content(destinations), buffer_content(&key.public), buffer_content(&login));
	buffer_free(&login);
	return good;
}

/* ---- tests ---- */

static bool reads(struct bytes bytes, struct constraints *constraints)
{
	struct reader from = reader_of_bytes(bytes);

	constraints_read(&from, constraints);
	return reader_done(&from);
}

static void test_constraints(void)
{
	struct constraints constraints;

	check(reads(BYTES(""), &constraints) && !constraints_any(&constraints));
	check(reads(BYTES("\1\0\0\1\0\2"), &constraints) && constraints.lifetime == 256 && constraints.confirm && constraints_any(&constraints));
	check(reads(BYTES(EXTENSION "\0\0\0\x17sk-provider@openssh.com\0\0\0\x08internal"), &constraints) && !constraints_any(&constraints));
	tap_test("lifetime, confirmation, and OpenSSH's own library for security keys");
	check(!reads(BYTES("\1\0\0\1"), &constraints) && !reads(BYTES("\1\0\0\0\1\1\0\0\0\2"), &constraints));
	check(!reads(BYTES("\3\0\0\0\1"), &constraints) && !reads(BYTES("\0"), &constraints) && !reads(BYTES(EXTENSION), &constraints));
	check(!reads(BYTES(EXTENSION "\0\0\0\x17sk-provider@openssh.com\0\0\0\x0a/tmp/lib.so"), &constraints));
	check(!reads(BYTES(EXTENSION "\0\0\0\1x"), &constraints));
	check(!reads(BYTES(EXTENSION "\0\0\0\x24restrict-destination-v00@openssh.com\0\0\0\0"), &constraints));
	tap_test("others, and a library that a client names, are refused");
}

static void test_destinations(void)
{
	struct buffer destinations = BUFFER_NONE, constraint = BUFFER_NONE;
	struct constraints constraints;
	size_t wrong = 0;

	put_destination(&destinations, NULL, "", &gate);
	put_destination(&destinations, &gate, "anna*", &inner);
	check(destinations_valid(buffer_content(&destinations)));
	for (size_t length = 1; length < destinations.length; length++) {
		uint8_t *copy = malloc(length);

		memcpy(copy, destinations.data, length);
		wrong += destinations_valid((struct bytes){ copy, length });
		free(copy);
	}
	/* The first one alone is whole. */
	check(wrong == 1);
	for (unsigned int times = 1; times <= 2; times++) {
		buffer_u8(&constraint, 255);
		buffer_text(&constraint, "restrict-destination-v00@openssh.com");
		buffer_string(&constraint, buffer_content(&destinations));
		check(reads(buffer_content(&constraint), &constraints) == (times == 1));
		check(constraints.restricted && constraints_any(&constraints));
	}
	buffer_free(&constraint);
	tap_test("destinations are read, each whole, once");
	buffer_clear(&destinations);
	put_destination(&destinations, NULL, "", NULL);
	check(!destinations_valid(buffer_content(&destinations)) && !destinations_valid(BYTES("")));
	buffer_free(&destinations);
	tap_test("one without a host's key is none");
}

/* As of a host that has keys of types that only it and ssh know. */
static void test_unknown_types(void)
{
	struct buffer destinations = BUFFER_NONE;
	struct bindings bindings = { 0 };
	struct made_key unknown = { 0 }, damaged = { 0 };

	buffer_text(&unknown.public, "ssh-new");
	buffer_text(&unknown.public, "a key");
	buffer_text(&damaged.public, "ssh-ed25519");
	put_destination(&destinations, NULL, "", &unknown);
	check(destinations_valid(buffer_content(&destinations)));
	check(bind(&bindings, &gate, "one", false) && !permits(&bindings, &destinations, "one", "anna", &gate));
	put_destination(&destinations, NULL, "", &gate);
	check(destinations_valid(buffer_content(&destinations)) && permits(&bindings, &destinations, "one", "anna", &gate));
	put_destination(&destinations, NULL, "", &damaged);
	check(!destinations_valid(buffer_content(&destinations)));
	bindings_free(&bindings);
	buffer_free(&destinations);
	buffer_free(&unknown.public);
	buffer_free(&damaged.public);
	tap_test("a host's key of an unknown type matches nothing, and the others count");
}

static void test_bindings(void)
{
	struct bindings bindings = { 0 };
	struct buffer destinations = BUFFER_NONE;

	put_destination(&destinations, NULL, "", &gate);
	put_destination(&destinations, &gate, "anna*", &inner);
	check(bindings_show(&bindings, buffer_content(&destinations)) && !permits(&bindings, &destinations, "one", "anna", NULL));
	check(!bind_with(&bindings, &gate, buffer_content(&gate.public), "one", false, true) && !bindings.count);
	check(!bindings_show(&bindings, buffer_content(&destinations)));
	check(!bind_with(&bindings, &inner, buffer_content(&gate.public), "one", false, false) && !bindings.count);
	tap_test("a session that its server has not signed is none, and shows no keys any more");

	check(bind(&bindings, &gate, "one", false) && bindings_show(&bindings, buffer_content(&destinations)));
	check(permits(&bindings, &destinations, "one", "anna", NULL) && permits(&bindings, &destinations, "one", "ben", &gate));
	check(!permits(&bindings, &destinations, "two", "anna", NULL) && !permits(&bindings, &destinations, "one", "anna", &inner));
	check(!bindings_permit(&bindings, buffer_content(&destinations), buffer_content(&key.public), BYTES("data")));
	check(bind(&bindings, &gate, "one", false) && bindings.count == 1);
	check(!bind(&bindings, &inner, "two", false) && !bind(&bindings, &gate, "one", true) && bindings.count == 1);
	bindings_free(&bindings);
	tap_test("a login at the host, of that session and no other data");

	check(bind(&bindings, &inner, "one", false) && !bindings_show(&bindings, buffer_content(&destinations)) &&
	      !permits(&bindings, &destinations, "one", "anna", NULL));
	bindings_free(&bindings);
	tap_test("not at a host that is only behind another");

	check(bind(&bindings, &gate, "one", true) && bindings_show(&bindings, buffer_content(&destinations)));
	check(!permits(&bindings, &destinations, "one", "anna", NULL));
	check(bind(&bindings, &inner, "two", false) && permits(&bindings, &destinations, "two", "anna2", &inner));
	check(!permits(&bindings, &destinations, "two", "ben", &inner) && !permits(&bindings, &destinations, "two", "anna2", NULL));
	bindings_free(&bindings);
	tap_test("forwarded: from there to the next, for that user");

	check(bind(&bindings, &gate, "one", true) && bind(&bindings, &inner, "two", true));
	check(!bindings_show(&bindings, buffer_content(&destinations)));
	bindings_free(&bindings);
	tap_test("and not further");

	for (unsigned int at = 0; at < BINDINGS_MAX + 2; at++) {
		char session[16];

		snprintf(session, sizeof(session), "session %u", at);
		check(bind(&bindings, &gate, session, true) == (at < BINDINGS_MAX));
	}
	bindings_free(&bindings);
	buffer_free(&destinations);
	tap_test("a number of them");
}

static void test_authorities(void)
{
	const struct certificate_wish wish = { "ssh-ed25519-cert-v01@openssh.com", CERTIFICATE_HOST, "a.example.org", 0, UINT32_MAX, "" };
	struct certificate_wish other = wish;
	struct buffer destinations = BUFFER_NONE, certificate = BUFFER_NONE;
	struct bindings bindings = { 0 };

	put_destination(&destinations, NULL, "", &authority);
	put_certificate(&gate, &authority, &wish, &certificate);
	check(bind_with(&bindings, &gate, buffer_content(&certificate), "one", false, false));
	check(bindings_show(&bindings, buffer_content(&destinations)) && permits(&bindings, &destinations, "one", "anna", NULL));
	bindings_free(&bindings);
	check(bind(&bindings, &authority, "one", false) && !bindings_show(&bindings, buffer_content(&destinations)));
	bindings_free(&bindings);
	buffer_clear(&certificate);
	other.principal = "b.example.org";
	put_certificate(&gate, &authority, &other, &certificate);
	check(bind_with(&bindings, &gate, buffer_content(&certificate), "one", false, false));
	check(!bindings_show(&bindings, buffer_content(&destinations)));
	bindings_free(&bindings);
	buffer_clear(&certificate);
	put_certificate(&gate, &inner, &wish, &certificate);
	check(bind_with(&bindings, &gate, buffer_content(&certificate), "one", false, false));
	check(!bindings_show(&bindings, buffer_content(&destinations)));
	bindings_free(&bindings);
	buffer_free(&certificate);
	buffer_free(&destinations);
	tap_test("a host by its certificate: of that authority and that name");
}

static void test_logins(void)
{
	struct login_request request;
	struct buffer login = BUFFER_NONE;
	size_t wrong = 0;

	put_login(&login, "session", "anna", &gate);
	check(login_request_read(buffer_content(&login), &request) && bytes_are(request.user, "anna") && request.host_bound);
	for (size_t length = 0; length < login.length; length++)
		wrong += login_request_read((struct bytes){ login.data, length }, &request);
	buffer_u8(&login, 0);
	check(!wrong && !login_request_read(buffer_content(&login), &request));
	put_login(&login, "", "anna", NULL);
	check(!login_request_read(buffer_content(&login), &request));
	buffer_free(&login);
	tap_test("a login is read whole or not at all");
}

int main(void)
{
	tap_start();
	make_ed25519(&key);
	make_ed25519(&gate);
	make_ed25519(&inner);
	make_ed25519(&authority);
	test_constraints();
	test_destinations();
	test_unknown_types();
	test_bindings();
	test_authorities();
	test_logins();
	free_made(&key);
	free_made(&gate);
	free_made(&inner);
	free_made(&authority);
	return tap_end();
}
