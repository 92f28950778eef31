// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Matches of a certificate by subject, issuers, address, date, policy and trust.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "helper/keychain/certificate/match.h"
#include "helper/keychain/certificate/name.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/tap.h"

static EVP_PKEY *root_key, *middle_key, *leaf_key;
static X509 *root, *middle, *leaf;
static struct bytes leaf_bytes, middle_bytes;
static char roots[] = "/tmp/keychain-roots-XXXXXX";
static int searches;

/* The keychain of the test has the middle certificate, twice. */
static struct value *find(void *context, const struct value *subject)
{
	struct bytes name = name_der(X509_get_subject_name(middle));
	struct value *known = name_normalise(name.data, name.length);
	struct value *found = NULL;

	(void)context;
	searches++;
	OPENSSL_free(name.data);
	if (value_equal(known, subject)) {
		found = value_array();
		value_append(found, value_data("no certificate", 14));
		for (int copy = 0; copy < 2; copy++)
			value_append(found, value_data(middle_bytes.data, middle_bytes.length));
	}
	value_free(known);
	return found;
}

static const struct match_context with_keychain = { .find_by_subject = find, .roots = roots },
				  alone = { .roots = roots },
				  without_roots = { .find_by_subject = find, .roots = "/nowhere" };

/* Takes @value. */
static bool matches_in(const struct match_context *context, const struct bytes *certificate,
		       const char *key, struct value *value)
{
	struct value *query = value_dictionary();
	bool matches = true;

	check(match_key_known(key) && match_check(key, value) == errSecSuccess);
	value_set(query, "class", value_string("cert"));
	value_set(query, key, value);
	check(match_certificate(context, certificate->data, certificate->length, query, &matches) ==
	      errSecSuccess);
	value_free(query);
	return matches;
}

static bool matches(const char *key, struct value *value)
{
	return matches_in(&with_keychain, &leaf_bytes, key, value);
}

static struct value *names(X509 *of, bool sequence)
{
	struct bytes name = name_der(X509_get_subject_name(of));
	struct value *array = value_array();

	value_append(array, value_data("other", 5));
	value_append(array, sequence ? value_data(name.data, name.length)
				     : value_data(name.data + 2, name.length - 2));
	OPENSSL_free(name.data);
	return array;
}

static struct value *now_and(int64_t seconds)
{
	return value_date(((int64_t)time(NULL) + seconds) * 1000);
}

static void test_subject(void)
{
	check(matches("m_SubjectContains", value_string("af.Ex")));
	check(matches("m_SubjectContains", value_string("")));
	check(!matches("m_SubjectContains", value_string("AF")));
	check(matches("m_SubjectStartsWith", value_string("leaf")));
	check(!matches("m_SubjectStartsWith", value_string("eaf")));
	check(matches("m_SubjectEndsWith", value_string("Example")));
	check(!matches("m_SubjectEndsWith", value_string("Exampl")));
	check(matches("m_SubjectWholeString", value_string("leaf.Example")));
	check(!matches("m_SubjectWholeString", value_string("leaf.Exampl")));
	check(!matches("m_SubjectWholeString", value_string("leaf.Example2")));
	tap_test("subject: anywhere, start, end, whole");
}

static void test_case(void)
{
	struct value *query = value_dictionary();
	bool found;

	value_set(query, "m_SubjectContains", value_string("LEAF"));
	value_set(query, "m_CaseInsensitive", value_boolean(true));
	check(!match_certificate(&alone, leaf_bytes.data, leaf_bytes.length, query, &found) &&
	      found);
	value_set(query, "m_SubjectEndsWith", value_string("LEAF"));
	check(!match_certificate(&alone, leaf_bytes.data, leaf_bytes.length, query, &found) &&
	      !found);
	tap_test("subject without case; two conditions are both asked");
	value_free(query);
}

static void test_issuers(void)
{
	check(matches("m_Issuers", names(middle, true)));
	check(matches("m_Issuers", names(middle, false)));
	check(matches("m_Issuers", names(root, true)));
	check(!matches("m_Issuers", names(leaf, true)));
	check(!matches("m_Issuers", value_array()));
	check(matches_in(&alone, &leaf_bytes, "m_Issuers", names(middle, true)));
	check(!matches_in(&alone, &leaf_bytes, "m_Issuers", names(root, true)));
	searches = 0;
	check(matches_in(&with_keychain, &middle_bytes, "m_Issuers", names(root, true)) &&
	      searches <= 2);
	tap_test("issuers: the next one, and those above as far as the keychain has them");
}

static void test_addresses(void)
{
	check(matches("m_EmailAddressIfPresent", value_string("leaf@example.org")));
	check(matches("m_EmailAddressIfPresent", value_string("second@example.org")));
	check(!matches("m_EmailAddressIfPresent", value_string("other@example.org")));
	check(!matches("m_EmailAddressIfPresent", value_string("leaf@example.or")));
	check(matches_in(&alone, &middle_bytes, "m_EmailAddressIfPresent",
			 value_string("other@example.org")));
	tap_test("addresses: of subject and alternative names; a certificate without any matches "
		 "all");
}

static void test_dates(void)
{
	check(matches("m_ValidOnDate", now_and(0)));
	check(matches("m_ValidOnDate", value_null()));
	check(!matches("m_ValidOnDate", now_and(-7200)));
	check(!matches("m_ValidOnDate", now_and(2 * 86400)));
	check(!matches("m_ValidOnDate", value_date(INT64_MAX)));
	check(!matches("m_ValidOnDate", value_date(INT64_MIN)));
	tap_test("dates: within, before, after, now, and far away");
}

static void test_policies(void)
{
	check(matches("m_Policy", value_string("any")));
	check(matches("m_Policy", value_string("ssl-client")));
	check(matches("m_Policy", value_string("1.3.6.1.5.5.7.3.2")));
	check(!matches("m_Policy", value_string("ssl-server")));
	check(!matches("m_Policy", value_string("1.3.6.1.5.5.7.3.8")));
	check(!matches("m_Policy", value_string("code-signing")));
	check(matches_in(&alone, &middle_bytes, "m_Policy", value_string("code-signing")));
	tap_test("policies: by name and by identifier; without extended usages any");
}

static void test_trust(void)
{
	struct value *query = value_dictionary();
	bool found;

	check(matches("m_TrustedOnly", value_boolean(true)));
	check(matches("m_TrustedOnly", value_boolean(true)));
	check(!matches_in(&alone, &leaf_bytes, "m_TrustedOnly", value_boolean(true)));
	check(matches_in(&alone, &leaf_bytes, "m_TrustedOnly", value_boolean(false)));
	check(!matches_in(&without_roots, &leaf_bytes, "m_TrustedOnly", value_boolean(true)));
	value_set(query, "m_TrustedOnly", value_boolean(true));
	value_set(query, "m_Issuers", names(leaf, true));
	check(!match_certificate(&with_keychain, leaf_bytes.data, leaf_bytes.length, query,
				 &found) &&
	      !found);
	tap_test("trust: with the chain, without it, without roots");
	value_free(query);
}

/* Signed by the root, with this digest. */
static bool is_trusted(const char *digest, EVP_PKEY *key)
{
	X509 *made = make_certificate(&(struct certificate_recipe){
		.subject = { "CN=weak" }, .key = key, .issuer = { "C:P=de", "CN:P=The Root" }, .issuer_key = root_key, .digest = digest });
	struct bytes bytes = certificate_der(made);
	bool trusted = matches_in(&alone, &bytes, "m_TrustedOnly", value_boolean(true));

	OPENSSL_free(bytes.data);
	X509_free(made);
	return trusted;
}

static void test_strength(void)
{
	EVP_PKEY *enough = make_key("RSA"), *short_key = EVP_RSA_gen(1024);

	check(is_trusted("SHA256", leaf_key) && is_trusted("SHA256", enough));
	check(!is_trusted("SHA1", leaf_key));
	check(short_key && !is_trusted("SHA256", short_key));
	tap_test("trust: not by a signature with SHA-1, nor of an RSA key of 1024 bits");
	EVP_PKEY_free(enough);
	EVP_PKEY_free(short_key);
}

static int checked(const char *key, struct value *value)
{
	int status = match_check(key, value);

	value_free(value);
	return status;
}

static void test_check(void)
{
	struct value *mixed = value_array();
	bool found = true;

	value_append(mixed, value_string("name"));
	check(!match_key_known("m_Limit") && !match_key_known("m_SubjectContain") &&
	      !match_key_known(""));
	check(checked("m_Issuers", mixed) == errSecParam);
	check(checked("m_Issuers", value_data("", 0)) == errSecParam);
	check(checked("m_Issuers", value_null()) == errSecParam);
	check(checked("m_ValidOnDate", value_string("now")) == errSecParam);
	check(checked("m_ValidOnDate", value_null()) == errSecSuccess);
	check(checked("m_ValidOnDate", value_string("2026-11-22T20:00:00Z")) == errSecSuccess);
	check(checked("m_ValidOnDate", value_integer(0)) == errSecSuccess);
	check(checked("m_Policy", value_string_of("any\0", 4)) == errSecParam);
	check(checked("m_TrustedOnly", value_integer(1)) == errSecParam);
	check(checked("m_Policy", value_string("tls")) == errSecParam);
	check(checked("m_Policy", value_string("1..2")) == errSecParam);
	check(checked("m_Policy", value_string("")) == errSecParam);
	check(checked("m_SubjectContains", value_data("a", 1)) == errSecParam);
	check(!match_certificate(&alone, "x", 1, NULL, &found) && !found);
	tap_test("values of the wrong kind are refused; what is no certificate matches nothing");
}

static void make(void)
{
	int descriptor = mkstemp(roots);
	FILE *file = fdopen(descriptor, "w");

	root_key = make_key("P-256");
	middle_key = make_key("P-256");
	leaf_key = make_key("ED25519");
	root = make_certificate(
		&(struct certificate_recipe){ .subject = { "C:P=de", "CN:P=The Root" },
					      .key = root_key,
					      .basic_constraints = "critical,CA:TRUE" });
	middle = make_certificate(
		&(struct certificate_recipe){ .subject = { "CN:P=The  Middle" },
					      .key = middle_key,
					      .issuer = { "C:P=de", "CN:P=The Root" },
					      .issuer_key = root_key,
					      .basic_constraints = "critical,CA:TRUE",
					      .from = -86400 });
	leaf = make_certificate(&(struct certificate_recipe){
		.subject = { "CN=leaf.Example", "emailAddress=leaf@example.org" },
		.key = leaf_key,
		.issuer = { "CN:P=The  Middle" },
		.issuer_key = middle_key,
		.from = -3600,
		.alternative_names = "DNS:leaf.example,email:Second@example.org",
		.usages = "clientAuth" });
	leaf_bytes = certificate_der(leaf);
	middle_bytes = certificate_der(middle);
	/* One of the machine's that cannot be read is no reason to trust none. */
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
	PEM_write_X509(file, root);
	fclose(file);
}

int main(void)
{
	make();
	tap_start();
	test_subject();
	test_case();
	test_issuers();
	test_addresses();
	test_dates();
	test_policies();
	test_trust();
	test_strength();
	test_check();
	unlink(roots);
	OPENSSL_free(leaf_bytes.data);
	OPENSSL_free(middle_bytes.data);
	X509_free(root);
	X509_free(middle);
	X509_free(leaf);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(middle_key);
	EVP_PKEY_free(leaf_key);
	return tap_end();
}
