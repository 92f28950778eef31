// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/find.h"

#include <string.h>

#include "helper/keychain/store/lookup.h"
#include "helper/libkeybag/keybag.h"

#define BATCH_BYTES	(4 * 1024 * 1024) /* of secrets that a batch makes the database read */

/* Hashes of all terms by one lookup key. That there are none by it, or not yet, is no failure. */
static enum fault hash_by(struct find *find, enum lookup lookup, struct hash_job *jobs)
{
	struct selection *what = &find->selection;
	enum fault fault;

	for (size_t i = 0; i < what->term_count; i++)
		jobs[i].lookup = what->terms[i].attribute->join ? LOOKUP_ALWAYS : lookup;
	for (size_t i = 0; i < what->own_count; i++)
		jobs[what->term_count + i].lookup = lookup;
	fault = hash_all(find->request->store, jobs, what->term_count + what->own_count, false);
	if (fault == FAULT_ABSENT || (fault == FAULT_LOCKED && lookup == LOOKUP_FIRST_UNLOCK)) {
		what->usable[lookup] = false;
		find->undecided |= fault == FAULT_LOCKED;
		return FAULT_NONE;
	}
	for (size_t i = 0; !fault && i < what->term_count; i++)
		memcpy(what->terms[i].hash[lookup], jobs[i].hash, HASH_SIZE);
	for (size_t i = 0; !fault && i < what->own_count; i++)
		memcpy(what->own[i][lookup], jobs[what->term_count + i].hash, HASH_SIZE);
	return fault;
}

/* Jobs for the own attributes, one for each or, where no other ones are wanted, one for all. To be released. */
static enum fault prepare_own(struct find *find, struct own_jobs *own)
{
	const struct value *wanted = value_get(find->query->attributes, OWN_NAME);
	struct selection *what = &find->selection;
	enum fault fault = own_jobs_make(own, wanted);

	what->own_none = find->query->exact && !wanted;
	what->own_count = fault || !own->count ? 0 : find->query->exact ? 1 : own->count - 1;
	/* The first is the one for all. */
	if (what->own_count && !find->query->exact)
		memmove(own->jobs, own->jobs + 1, what->own_count * sizeof(*own->jobs));
	return fault;
}

static int hash_terms(struct find *find)
{
	const struct query *query = find->query;
	struct selection *what = &find->selection;
	struct hash_job jobs[QUERY_MAX_KEYS + OWN_MAX_HASHES];
	struct own_jobs own = { 0 };
	char buffers[QUERY_MAX_KEYS][ATTRIBUTE_BUFFER_SIZE];
	enum fault fault = FAULT_NONE;
	size_t keyed = 0;

	for (size_t i = 0; i < value_count(query->attributes); i++) {
		const struct attribute *attribute = attribute_by_name(value_key_at(query->attributes, i));
		size_t at = what->term_count;

		if (!attribute->hashed || !attribute_valid(attribute, find->item_class))
			continue;
		jobs[at] = (struct hash_job){ 0 };
		hash_prepare(&jobs[at], find->item_class, attribute, value_at(query->attributes, i), buffers[at]);
		what->terms[at].attribute = attribute;
		keyed += !attribute->join;
		what->term_count++;
	}
	own.jobs = jobs + what->term_count;
	fault = prepare_own(find, &own);
	keyed += what->own_count;
	what->usable[LOOKUP_ALWAYS] = true;
	what->usable[LOOKUP_FIRST_UNLOCK] = keyed;
	for (unsigned int lookup = 0; what->term_count + what->own_count && !fault && lookup < LOOKUP_KEYS; lookup++) {
		if (what->usable[lookup])
			fault = hash_by(find, lookup, jobs);
	}
	own_jobs_release(&own);
	explicit_bzero(buffers, what->term_count * sizeof(buffers[0]));
	return request_status(find->request, fault, KEYBAG_CLASS_DK);
}

static void take_date(const struct query *query, const char *name, bool *ret_given, int64_t *ret_date)
{
	const struct value *date = value_get(query->attributes, name);

	*ret_given = date;
	if (date)
		*ret_date = value_as_date(date);
}

int find_prepare(struct find *find, struct request *request, const struct query *query, const struct groups *groups,
		 enum item_class item_class)
{
	struct selection *what = &find->selection;

	find->request = request;
	find->query = query;
	find->groups = groups;
	find->item_class = item_class;
	find->writes = query->use != QUERY_COPY;
	find->undecided = false;
	find->select = NULL;
	what->item_class = item_class;
	what->term_count = 0;
	what->groups = groups->all ? NULL : groups->names;
	what->group_count = groups->all ? 0 : groups->count;
	what->except = find->writes ? GROUP_TOKEN : NULL;
	what->synchronizable[false] = query->synchronizable != SYNCHRONIZABLE_YES;
	what->synchronizable[true] = query->synchronizable != SYNCHRONIZABLE_NO;
	what->protection = query->has_protection ? query->protection : NULL;
	what->secrets = !find->writes && (query->return_data || query->match_certificate);
	take_date(query, "cdat", &what->by_created, &what->created);
	take_date(query, "mdat", &what->by_modified, &what->modified);
	return hash_terms(find);
}

void find_release(struct find *find)
{
	select_end(find->select);
	find->select = NULL;
}

void find_join(struct find *find, const char *column, const uint8_t hash[HASH_SIZE])
{
	struct selection *what = &find->selection;
	size_t at = what->term_count++;

	what->terms[at].attribute = attribute_by_name(column);
	for (unsigned int lookup = 0; lookup < LOOKUP_KEYS; lookup++)
		memcpy(what->terms[at].hash[lookup], hash, HASH_SIZE);
	what->usable[LOOKUP_ALWAYS] = true;
}

static bool may_see(const struct find *find, const char *group)
{
	if (find->groups->all)
		return !find->writes || strcmp(group, GROUP_TOKEN);
	for (size_t i = 0; i < find->groups->count; i++) {
		if (!strcmp(find->groups->names[i], group))
			return true;
	}
	return false;
}

bool find_reaches(const struct find *find, enum item_class item_class, const char *group)
{
	return item_class == find->item_class && may_see(find, group);
}

/* The row of a persistent reference, if its number is above @after. */
static enum fault by_reference(const struct find *find, int64_t after, struct row *row, bool *ret_found)
{
	const struct query *query = find->query;
	struct store *store = find->request->store;
	enum fault fault;

	fault = query->reference.legacy ?
		lookup_number(store, find->item_class, query->reference.row, find->selection.secrets, row, ret_found) :
		lookup_uuid(store, find->item_class, query->reference.uuid, find->selection.secrets, row, ret_found);
	if (!fault && *ret_found && (row->tombstone || row->id <= after || !may_see(find, row->group))) {
		row_release(row);
		*ret_found = false;
	}
	return fault;
}

static enum fault begin(struct find *find, int64_t after)
{
	return find->select ? FAULT_NONE : select_begin(find->request->store, &find->selection, after, &find->select);
}

int find_rows(struct find *find, int64_t after, struct row *rows, size_t capacity, size_t *ret_count)
{
	bool referred = find->query->reference.given, found = true;
	enum fault fault = referred ? FAULT_NONE : begin(find, after);
	size_t count = 0, bytes = 0;

	while (!fault && found && count < capacity && bytes < BATCH_BYTES) {
		struct row *row = &rows[count];

		fault = referred ? by_reference(find, after, row, &found) : select_next(find->select, after, row, &found);
		if (fault || !found)
			break;
		count++;
		after = row->id;
		bytes += row->secret_length;
	}
	select_pause(find->select);
	while (fault && count)
		row_release(&rows[--count]);
	*ret_count = count;
	return request_status(find->request, fault, 0);
}

int find_withheld(struct find *find, bool exist, int64_t *ret_count, uint32_t *ret_classes)
{
	enum fault fault;

	*ret_count = 0;
	*ret_classes = 0;
	if (!find->undecided)
		return 0;
	fault = begin(find, 0);
	if (!fault)
		fault = select_count_keyed(find->select, exist, ret_count, ret_classes);
	select_pause(find->select);
	return request_status(find->request, fault, 0);
}

int find_decided(struct find *find)
{
	uint32_t classes;
	int64_t count;
	int status = find_withheld(find, true, &count, &classes);

	return status || !count ? status : request_status(find->request, FAULT_LOCKED, KEYBAG_CLASS_CK);
}

/* Nothing but its persistent reference tells that an addition that waits is meant. */
static int find_waiting(struct find *find)
{
	const struct query *query = find->query;
	struct pending_row pending CLEANUP_PENDING_ROW = { 0 };
	enum fault fault;
	bool found;

	if (!query->reference.given || query->reference.legacy)
		return 0;
	fault = pending_row_find(find->request->store, query->reference.uuid, &pending, &found);
	if (fault || !found || pending.state != PENDING_WAITS || !find_reaches(find, pending.item_class, pending.group))
		return request_status(find->request, fault, 0);
	outcome_detail(&find->request->outcome, "pending", value_integer(1));
	return request_status(find->request, FAULT_LOCKED, pending.class_number);
}

int find_nothing(struct find *find)
{
	int status = find_decided(find);

	if (!status)
		status = find_waiting(find);
	return status ? status : outcome_fail(&find->request->outcome, errSecItemNotFound, "no %s item matches in the "
					      "groups of this program", item_class_name(find->item_class));
}
