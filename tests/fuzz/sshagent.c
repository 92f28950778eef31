// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what clients of the SSH agent send: keys with constraints, public keys, sessions, logins. What is understood lies within
 * the bytes, and is written again as it was.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "helper/sshagent/bind/binding.h"
#include "helper/sshagent/bind/constraint.h"
#include "helper/sshagent/bind/destination.h"
#include "helper/sshagent/bind/login_request.h"
#include "helper/sshagent/key/private_key.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_inside(struct bytes part, struct bytes whole)
{
	must(!part.length || (part.data >= whole.data && part.data + part.length <= whole.data + whole.length));
}

static bool is_same(const struct public_key *one, const struct public_key *other)
{
	return !strcmp(one->type->plain, other->type->plain) && bytes_equal(one->e, other->e) && bytes_equal(one->n, other->n) &&
	       bytes_equal(one->point, other->point) && bytes_equal(one->application, other->application);
}

static void check_public(struct bytes bytes)
{
	struct buffer plain = BUFFER_NONE, again = BUFFER_NONE;
	struct public_key key, other;
	char fingerprint[KEY_FINGERPRINT_SIZE];

	if (!public_key_read(bytes, &key))
		return;
	must_be_inside(key.point, bytes);
	must_be_inside(key.n, bytes);
	must_be_inside(key.signed_part, bytes);
	must(public_key_fingerprint(bytes, fingerprint));
	public_key_put_plain(&key, &plain);
	must(public_key_read(buffer_content(&plain), &other) && is_same(&key, &other) && !other.type->certificate);
	public_key_put_plain(&other, &again);
	must(bytes_equal(buffer_content(&plain), buffer_content(&again)));
	public_key_certifies_host(&key, bytes_of_text("host"), 0);
	buffer_free(&plain);
	buffer_free(&again);
}

static void check_added(struct bytes bytes)
{
	struct reader from = reader_of_bytes(bytes);
	struct buffer public = BUFFER_NONE;
	struct constraints constraints;
	struct private_key key;
	struct public_key read;

	private_key_read(&from, &key);
	reader_text(&from);
	constraints_read(&from, &constraints);
	if (!reader_done(&from))
		return;
	must_be_inside(key.record, bytes);
	must_be_inside(constraints.destinations, bytes);
	must(!constraints.restricted || destinations_valid(constraints.destinations));
	private_key_put_public(&key, &public);
	must(public_key_read(buffer_content(&public), &read) && read.type == key.public.type);
	if (private_key_check(&key) && !key.public.type->fido)
		private_key_sign(&key, bytes, SIGN_RSA_SHA2_256, &public);
	buffer_free(&public);
}

static void check_session(struct bytes bytes)
{
	struct reader from = reader_of_bytes(bytes);
	struct bindings bindings = { 0 };

	/* A signature is not made by chance. */
	bindings_add(&bindings, &from);
	must(bindings.attempted && bindings.count <= 1);
	bindings_show(&bindings, bytes);
	bindings_permit(&bindings, bytes, bytes, bytes);
	bindings_free(&bindings);
}

static void check_destinations(struct bytes bytes)
{
	if (destinations_valid(bytes)) {
		must(bytes.length);
		destinations_permit(bytes, NULL, NULL, NULL);
	}
}

static void check_login(struct bytes bytes)
{
	struct login_request request;

	if (login_request_read(bytes, &request)) {
		must_be_inside(request.key, bytes);
		must_be_inside(request.host_key, bytes);
		must(request.session.length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct bytes bytes) = { check_public, check_added, check_session, check_destinations, check_login };

	if (size)
		checks[*data % 5]((struct bytes){ data + 1, size - 1 });
	return 0;
}
