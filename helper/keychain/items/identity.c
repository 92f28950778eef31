// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hashes of klbl and pkhh are made alike, so that rows join whatever is locked.
 */
#include "helper/keychain/items/identity.h"

#include <string.h>

#include "helper/keychain/certificate/key.h"
#include "helper/keychain/items/copy_page.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/query_match.h"
#include "helper/keychain/items/result.h"
#include "helper/keychain/items/row_iterator.h"
#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row_seal.h"

#define KEYS_AT_MOST 16		/* keys looked at for one certificate */

struct identity {
	struct request *request;
	const struct groups *groups;
	struct groups all;			/* that the caller holds, whatever the query names */
	struct query certificates, keys;	/* their shares of the query */
	int (*visit)(struct identity *identity, struct row *certificate, struct row *key,
		     bool *stop);
	/* Called where not all certificates can be looked up; NULL: nothing is done. */
	int (*decide)(struct identity *identity, struct find *find);
	void *context;
	size_t count;
	struct copy *copy;	/* that is told of rows which cannot be read; NULL: none */
	bool locked;		/* visit those that are locked */
	bool guessed;		/* before first unlock: the key may be a public one */
};

/* An identity has these from its certificate, the rest from the key. */
static bool of_certificate(const char *name)
{
	static const char *const names[] = { "labl", "issr", "slnr", "subj", "skid", "pkhh", "tkid",
					     "ctyp", "cenc", "attr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

static int split(struct identity *identity, const struct query *query)
{
	struct query anywhere = *query;
	int error = 0;

	identity->certificates = *query;
	identity->certificates.item_class = ITEM_CERTIFICATE;
	identity->certificates.has_protection = false;
	identity->certificates.fields = NULL;
	identity->certificates.attributes = value_dictionary();
	identity->keys = *query;
	identity->keys.item_class = ITEM_KEY;
	identity->keys.exact = false;
	identity->keys.reference.given = false;
	identity->keys.fields = NULL;
	identity->keys.attributes = value_dictionary();
	if (query->reference.given)
		identity->keys.synchronizable = SYNCHRONIZABLE_ANY;
	for (size_t i = 0; !error && i < value_count(query->attributes); i++) {
		const char *name = value_key_at(query->attributes, i);

		error = value_set(of_certificate(name) ? identity->certificates.attributes :
				  identity->keys.attributes, name,
				  value_copy(value_at(query->attributes, i)));
	}
	/* A public key has the same hash; which is which has to be known of locked ones, too. */
	if (!error && !value_get(identity->keys.attributes, "kcls"))
		error = value_set(identity->keys.attributes, "kcls", value_integer(KEY_PRIVATE));
	if (error || !identity->keys.attributes || !identity->certificates.attributes)
		return outcome_no_memory(&identity->request->outcome);
	anywhere.group = NULL;
	return groups_resolve(identity->request->caller, &anywhere, &identity->all, &identity->request->outcome);
}

static void release(struct identity *identity)
{
	groups_release(&identity->all);
	value_free(identity->certificates.attributes);
	value_free(identity->keys.attributes);
}

static const uint8_t *join_hash(const struct row *row, const char *column)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);

	for (unsigned int i = 0; hashed[i]; i++) {
		if (!strcmp(hashed[i]->name, column) && row->hashes[i].present)
			return row->hashes[i].hash;
	}
	return NULL;
}

static bool is_private(const struct row *key)
{
	return value_as_integer(value_get(key->attributes, "kcls")) == KEY_PRIVATE;
}

/* The rows that @query finds among the keys with that hash. */
static int find_keys(struct identity *identity, const struct query *query, const uint8_t *hash,
		     struct row rows[KEYS_AT_MOST], size_t *ret_count, bool *ret_undecided)
{
	struct request *request = identity->request;
	struct find find;
	int status;

	status = find_prepare(&find, request, query, identity->groups, ITEM_KEY);
	if (status)
		return status;
	find_join(&find, "klbl", hash);
	*ret_undecided = find.undecided;
	status = find_rows(&find, 0, rows, KEYS_AT_MOST, ret_count);
	find_release(&find);
	return status;
}

/* Those that hash joins whatever their attributes are, which before first unlock cannot be compared. */
static int guess_keys(struct identity *identity, const uint8_t *hash, struct row rows[KEYS_AT_MOST],
		      size_t *ret_count)
{
	struct query query = identity->keys;
	bool undecided;
	int status;

	query.attributes = value_dictionary();
	if (!query.attributes)
		return outcome_no_memory(&identity->request->outcome);
	status = find_keys(identity, &query, hash, rows, ret_count, &undecided);
	value_free(query.attributes);
	return status;
}

/* The key of a certificate; *ret_found false when there is none. */
static int find_key(struct identity *identity, const struct row *certificate, struct row *ret_key,
		    bool *ret_found)
{
	struct request *request = identity->request;
	const uint8_t *hash = join_hash(certificate, "pkhh");
	struct row rows[KEYS_AT_MOST];
	size_t count, chosen;
	enum fault fault;
	int status;

	*ret_found = false;
	identity->guessed = false;
	if (!hash)
		return 0;
	status = find_keys(identity, &identity->keys, hash, rows, &count, &identity->guessed);
	identity->guessed &= !status && !count;
	if (identity->guessed)
		status = guess_keys(identity, hash, rows, &count);
	if (status)
		return status;
	fault = rows_open(request->store, rows, count, NULL);
	for (chosen = 0; chosen < count; chosen++) {
		if (rows[chosen].state == ROW_OPEN && is_private(&rows[chosen]) &&
		    query_matches(&identity->keys, &rows[chosen]))
			break;
	}
	/* A locked one may be it. */
	for (size_t i = 0; chosen == count && i < count; i++) {
		if (rows[i].state == ROW_LOCKED)
			chosen = i;
	}
	/* So may one that cannot be read; it is told of once. */
	for (size_t i = 0; identity->copy && chosen == count && i < count; i++) {
		if (rows[i].state == ROW_DAMAGED || rows[i].state == ROW_LOST) {
			*(rows[i].state == ROW_LOST ? &identity->copy->lost_count : &identity->copy->damaged_count) += 1;
			break;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (i == chosen && !fault) {
			*ret_key = rows[i];
			*ret_found = true;
		} else {
			row_release(&rows[i]);
		}
	}
	return request_status(request, fault, 0);
}

static int visit_certificate(struct row_iterator *iterator, struct row *certificate, bool *stop)
{
	struct identity *identity = iterator->context;
	struct row key;
	bool found;
	int status = find_key(identity, certificate, &key, &found);

	if (status || !found)
		return status;
	if (!identity->locked && (certificate->state == ROW_LOCKED || key.state == ROW_LOCKED)) {
		uint32_t class = certificate->state == ROW_LOCKED ? certificate->class_number
								 : key.class_number;

		status = request_status(iterator->request, FAULT_LOCKED, class);
	} else {
		status = identity->visit(identity, certificate, &key, stop);
		identity->count += !status;
	}
	row_release(&key);
	return status;
}

static int each_identity(struct identity *identity, int64_t after)
{
	struct request *request = identity->request;
	struct row_iterator iterator;
	int status;

	row_iterator_init(&iterator, request, visit_certificate, identity);
	iterator.after = after;
	iterator.without_keys = identity->locked;
	status = find_prepare(&iterator.find, request, &identity->certificates, identity->groups,
			      ITEM_CERTIFICATE);
	if (!status && identity->decide)
		status = identity->decide(identity, &iterator.find);
	if (!status)
		status = row_iterator_run(&iterator);
	if (identity->copy)
		copy_unreadable(identity->copy, &iterator);
	if (!status && !identity->count && !after) {
		status = find_nothing(&iterator.find);
		if (status == errSecItemNotFound)
			outcome_fail(&request->outcome, status,
				     "no identity matches: no certificate and "
				     "private key that go together in the groups of this program");
	}
	find_release(&iterator.find);
	return status;
}

/* Goes through everything that matches. */
static int decide_all(struct identity *identity, struct find *find)
{
	(void)identity;
	return find_decided(find);
}

/* ---- copy ---- */

/* Leaves out an attribute that the halves do not share: a query for it would find neither. */
static void leave_out(const struct row *certificate, const struct row *key, const char *name, struct value *result)
{
	if (!value_equal(value_get(certificate->attributes, name), value_get(key->attributes, name)))
		value_remove(result, name);
}

static int add_attributes(const struct row *certificate, const struct row *key,
			  struct value *result)
{
	int error = value_set(result, "class", value_string("idnt"));

	if (!error)
		error = result_attributes(key, result);
	leave_out(certificate, key, "agrp", result);
	leave_out(certificate, key, "sync", result);
	value_remove(result, OWN_NAME);
	for (size_t i = 0; !error && i < value_count(certificate->attributes); i++) {
		const char *name = value_key_at(certificate->attributes, i);

		if (of_certificate(name))
			error = value_set(result, name,
					  value_copy(value_at(certificate->attributes, i)));
	}
	return error;
}

static int add_secrets(struct request *request, struct value *result,
		       struct value **certificate_data, const struct row *key, size_t *ret_length)
{
	struct value *data = NULL;
	size_t length = 0;
	int status = item_secret(request, key, &data);

	value_bytes(data, ret_length);
	if (!status && data && value_set(result, "v_Data", data))
		status = outcome_no_memory(&request->outcome);
	value_bytes(*certificate_data, &length);
	*ret_length += length;
	if (!status && *certificate_data) {
		if (value_set(result, "certdata", *certificate_data))
			status = outcome_no_memory(&request->outcome);
		*certificate_data = NULL;
	}
	return status;
}

/* A half whose secret is damaged, or was locked since it was opened. */
static int pass_over(struct copy *copy, const struct row *certificate, uint32_t class_number, int status, bool *stop)
{
	bool locked = status == errSecInteractionNotAllowed && copy->partial;

	if (!locked && status != errSecDecode)
		return status;
	outcome_reset(&copy->request->outcome);
	copy->damaged_count += !locked;
	return locked ? copy_locked(copy, certificate, class_number, stop) : 0;
}

static int copy_one(struct copy *copy, const struct row *certificate, const struct row *key,
		    struct value **data, bool *stop)
{
	const struct query *query = copy->query;
	struct outcome *outcome = &copy->request->outcome;
	struct value *result = NULL;
	size_t length = 0;
	int status = 0;

	if (result_is_reference(query)) {
		result = query_reference(ITEM_IDENTITY, certificate->uuid);
		if (!result)
			status = outcome_no_memory(outcome);
	} else if (query_returns(query)) {
		result = value_dictionary();
		if (!result ||
		    (query->return_attributes && add_attributes(certificate, key, result)) ||
		    (query->return_reference &&
		     value_set(result, "v_PersistentRef",
			       query_reference(ITEM_IDENTITY, certificate->uuid))))
			status = outcome_no_memory(outcome);
		if (!status && query->return_data)
			status = add_secrets(copy->request, result, data, key, &length);
	}
	if (status) {
		value_free(result);
		return pass_over(copy, certificate, key->class_number, status, stop);
	}
	return copy_result(copy, result, length, certificate->id, stop);
}

static int copy_visit(struct identity *identity, struct row *certificate, struct row *key,
		      bool *stop)
{
	struct copy *copy = identity->context;
	struct value *data = NULL;
	bool matches = true;
	int status = 0;

	if (certificate->state == ROW_LOCKED || key->state == ROW_LOCKED)
		return copy_locked(copy, certificate, certificate->state == ROW_LOCKED
						 ? certificate->class_number
						 : key->class_number, stop);
	if (copy->query->match_certificate || copy->query->return_data)
		status = item_secret(copy->request, certificate, &data);
	if (status)
		return pass_over(copy, certificate, certificate->class_number, status, stop);
	if (copy->query->match_certificate)
		status = copy_certificate_matches(copy, data, &matches);
	if (!status && matches)
		status = copy_one(copy, certificate, key, &data, stop);
	value_free(data);
	return status;
}

static int decide_copy(struct identity *identity, struct find *find)
{
	return copy_withhold(identity->context, find);
}

int identity_copy(struct request *request, const struct query *query, const struct groups *groups)
{
	struct copy copy;
	struct identity identity = { .request = request, .groups = groups, .visit = copy_visit,
				     .context = &copy, .copy = &copy, .locked = true };
	int status = copy_start(&copy, request, query);

	if (status)
		return status;
	copy.groups = &identity.all;
	if (copy.many && query_returns(query))
		identity.decide = decide_copy;
	status = split(&identity, query);
	if (!status)
		status = each_identity(&identity, copy.after);
	if (status == errSecItemNotFound && !copy_is_nothing(&copy)) {
		outcome_reset(&request->outcome);
		status = 0;
	}
	if (!status && copy_is_nothing(&copy))
		status = outcome_fail(&request->outcome, errSecItemNotFound, "no identity matches");
	release(&identity);
	return copy_finish(&copy, status);
}

/* ---- add ---- */

static int add_half(struct request *request, const struct query *query, enum item_class item_class,
		    const struct value *data, struct row *ret_row)
{
	struct query half = *query;
	struct value *attributes = NULL;
	struct groups groups CLEANUP_GROUPS = { 0 };
	int status = groups_resolve(request->caller, query, &groups, &request->outcome), error = 0;

	half.item_class = item_class;
	half.data = data;
	half.attributes = value_dictionary();
	for (size_t i = 0; !error && i < value_count(query->attributes); i++) {
		const char *name = value_key_at(query->attributes, i);

		if (attribute_valid(attribute_by_name(name), item_class))
			error = value_set(half.attributes, name,
					  value_copy(value_at(query->attributes, i)));
	}
	if (!status && (error || !half.attributes))
		status = outcome_no_memory(&request->outcome);
	if (!status)
		status = item_attributes(request, &half, groups.names[0], &attributes);
	if (!status)
		status = item_insert(request, item_class, attributes, data, ret_row);
	value_free(attributes);
	value_free(half.attributes);
	return status;
}

/* Issuer and serial number make an item unique, and say nothing of the rest. */
static int require_same(struct request *request, const struct row *certificate, const struct value *data)
{
	struct value *stored = NULL;
	int status = item_secret(request, certificate, &stored);

	if (!status && !value_equal(stored, data))
		status = outcome_fail(&request->outcome, errSecDuplicateItem,
				      "another certificate with the same issuer and serial number is in the way; "
				      "nothing was added");
	value_free(stored);
	return status;
}

/* Adds a half that may be there already: then *ret_row is that one, if it has to be told of. */
static int add_if_missing(struct request *request, const struct query *query,
			  enum item_class item_class, const struct value *data, struct row *ret_row,
			  bool *ret_present)
{
	struct outcome *outcome = &request->outcome;
	int status = add_half(request, query, item_class, data, ret_row);

	*ret_present = status == errSecDuplicateItem;
	if (!*ret_present)
		return status;
	status = 0;
	if (query_returns(query) || item_class == ITEM_CERTIFICATE)
		status = item_by_reference(request, value_get(outcome->details, "colliding"),
					   ret_row);
	if (!status && item_class == ITEM_CERTIFICATE)
		status = require_same(request, ret_row, data);
	if (!status)
		outcome_reset(outcome);
	return status;
}

static struct value *added_identity(const struct query *query, const struct row *certificate,
				    const struct row *key)
{
	struct value *result = result_is_reference(query) ? query_reference(ITEM_IDENTITY, certificate->uuid)
							  : value_dictionary();

	if (value_is(result, VALUE_DICTIONARY) &&
	    ((query->return_attributes && add_attributes(certificate, key, result)) ||
	     (query->return_reference &&
	      value_set(result, "v_PersistentRef",
			query_reference(ITEM_IDENTITY, certificate->uuid))) ||
	     (query->return_data &&
	      (value_set(result, "v_Data", value_copy(query->data)) ||
	       value_set(result, "certdata", value_copy(query->certificate)))))) {
		value_free(result);
		return NULL;
	}
	return result;
}

int identity_add(struct request *request, const struct query *query, struct value **ret_result)
{
	struct outcome *outcome = &request->outcome;
	struct row certificate = { 0 }, key = { 0 };
	bool present, key_present;
	int status;

	if (!query->data || !query->certificate)
		return outcome_fail(outcome, errSecParam,
				    "an identity is added by \"v_Data\", its private "
				    "key, and \"certdata\", its certificate");
	status = add_if_missing(request, query, ITEM_CERTIFICATE, query->certificate, &certificate,
				&present);
	if (!status)
		status = present ? add_half(request, query, ITEM_KEY, query->data, &key) :
				   add_if_missing(request, query, ITEM_KEY, query->data, &key,
						  &key_present);
	if (!status && query_returns(query)) {
		*ret_result = added_identity(query, &certificate, &key);
		if (!*ret_result)
			status = outcome_no_memory(outcome);
	}
	row_release(&certificate);
	row_release(&key);
	return status;
}

/* ---- update and delete ---- */

static int update_visit(struct identity *identity, struct row *certificate, struct row *key,
			bool *stop)
{
	const struct query *change = identity->context;
	struct query of_halves = *change;
	int status;

	(void)stop;
	/* A value is the key's. */
	of_halves.data = NULL;
	status = item_change(identity->request, certificate, &of_halves);
	return status ? status : item_change(identity->request, key, change);
}

int identity_update(struct request *request, const struct query *query, const struct groups *groups,
		    const struct query *change, size_t *ret_count)
{
	struct identity identity = { .request = request, .groups = groups, .visit = update_visit, .decide = decide_all,
				     .context = (void *)change };
	int status;

	if (query->reference.given)
		return outcome_fail(&request->outcome, errSecInternal,
				    "an identity cannot be updated by its "
				    "persistent reference: update its certificate or its key");
	status = split(&identity, query);
	if (!status)
		status = each_identity(&identity, 0);
	release(&identity);
	*ret_count = identity.count;
	return status;
}

/* Whether another certificate has the same key. */
static int shared(struct identity *identity, const struct row *certificate, bool *ret_shared)
{
	struct request *request = identity->request;
	struct query query = { .use = QUERY_DELETE,
			       .item_class = ITEM_CERTIFICATE,
			       .has_class = true,
			       .synchronizable = SYNCHRONIZABLE_ANY };
	struct find find;
	struct row row;
	size_t count = 0;
	int status;

	query.attributes = value_dictionary();
	status = query.attributes ? find_prepare(&find, request, &query, &identity->all, ITEM_CERTIFICATE)
				  : outcome_no_memory(&request->outcome);
	if (!status) {
		find_join(&find, "pkhh", join_hash(certificate, "pkhh"));
		status = find_rows(&find, 0, &row, 1, &count);
		find_release(&find);
	}
	*ret_shared = count > 0;
	if (count)
		row_release(&row);
	value_free(query.attributes);
	return status;
}

static int delete_visit(struct identity *identity, struct row *certificate, struct row *key,
			bool *stop)
{
	struct request *request = identity->request;
	int64_t limit = option_number(request, "limit");
	bool needed = false;
	int status;

	/* This one is counted when it is gone. */
	*stop = limit && (int64_t)identity->count + 1 >= limit;
	if (identity->guessed && key->state == ROW_LOCKED)
		return request_status(request, FAULT_LOCKED, key->class_number);
	status = item_remove(request, certificate);
	if (!status)
		status = shared(identity, certificate, &needed);
	return status || needed ? status : item_remove(request, key);
}

int identity_delete(struct request *request, const struct query *query, const struct groups *groups,
		    size_t *ret_count)
{
	struct identity identity = { .request = request, .groups = groups, .visit = delete_visit, .decide = decide_all,
				     .locked = true };
	int status = split(&identity, query);

	if (!status)
		status = each_identity(&identity, 0);
	release(&identity);
	*ret_count = identity.count;
	return status;
}
