// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Long results come in pages: an answer that says "cursor" has more to follow, for the same query
 * with that cursor among the options.
 */
#include "helper/keychain/items/copy_page.h"

#include <endian.h>
#include <string.h>

#include "helper/keychain/certificate/match.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/query_match.h"
#include "helper/keychain/items/result.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/libkeybag/keybag.h"

#define PAGE_BYTES	(40 * 1024)	/* of attributes and references */
#define PAGE_SECRETS	(768 * 1024)

/* Where a page ends: which file it is of, the last row, and how many results may follow; each 8 bytes. */
#define CURSOR_NUMBERS	3
#define CURSOR_SIZE	(CURSOR_NUMBERS * sizeof(uint64_t))

static struct value *make_cursor(const struct copy *copy)
{
	const uint64_t numbers[CURSOR_NUMBERS] = {
		htobe64(copy->request->store->database.mark), htobe64((uint64_t)copy->after),
		htobe64((uint64_t)copy->remaining),
	};

	return value_data(numbers, sizeof(numbers));
}

static int take_cursor(struct copy *copy, const struct value *cursor)
{
	struct outcome *outcome = &copy->request->outcome;
	uint64_t numbers[CURSOR_NUMBERS];
	size_t length;
	const void *bytes = value_bytes(cursor, &length);

	if (!value_is(cursor, VALUE_DATA) || length != CURSOR_SIZE || !copy->many)
		return outcome_fail(outcome, errSecParam, "\"cursor\" is not one that an answer to this query gave");
	memcpy(numbers, bytes, sizeof(numbers));
	if (be64toh(numbers[0]) != copy->request->store->database.mark) {
		outcome_detail(outcome, "reason", value_string("other-keychain"));
		return outcome_fail(outcome, errSecNotAvailable, "the keychain is another one than the first part of the result "
				    "is of: it was exchanged or mended meanwhile, or another one is the default now; begin anew");
	}
	copy->after = (int64_t)be64toh(numbers[1]);
	if ((int64_t)be64toh(numbers[2]) < copy->remaining)
		copy->remaining = (int64_t)be64toh(numbers[2]);
	copy->found = 1;
	return 0;
}

int copy_start(struct copy *copy, struct request *request, const struct query *query)
{
	const struct value *cursor = option_value(request, "cursor");
	int status;

	*copy = (struct copy){ .request = request, .query = query };
	copy->references = option_boolean(request, "locked_references");
	copy->partial = option_boolean(request, "partial") || copy->references;
	copy->many = query->limit == LIMIT_ALL || query->limit == LIMIT_NUMBER;
	if (copy->references && !copy->many)
		return outcome_fail(&request->outcome, errSecParam, "option \"locked_references\" takes \"m_Limit\" in the "
				    "query: m_LimitAll, or a number from 2 on");
	copy->remaining = copy->many ? query->limit_number : 1;
	if (query->limit == LIMIT_ALL)
		copy->remaining = INT64_MAX;
	status = cursor ? take_cursor(copy, cursor) : 0;
	if (status)
		return status;
	if (copy->many && query_returns(query)) {
		request->result = value_array();
		if (!request->result)
			return outcome_no_memory(&request->outcome);
	}
	return 0;
}

/* Describes a locked row by what stands in the clear. */
static struct value *describe_locked(const struct copy *copy, const struct row *row, uint32_t class_number)
{
	enum item_class item_class = copy->query->item_class;
	struct value *locked = value_dictionary();

	if (value_set(locked, "class", value_string(item_class_name(item_class))) ||
	    value_set(locked, "v_PersistentRef", query_reference(item_class, row->uuid)) ||
	    value_set(locked, "pdmn", value_string(keybag_class_name(class_number))) ||
	    value_set(locked, "cdat", value_date(row->created)) || value_set(locked, "mdat", value_date(row->modified))) {
		value_free(locked);
		return NULL;
	}
	return locked;
}

/* It takes its place in the page. */
static int tell_locked(struct copy *copy, const struct row *row, uint32_t class_number, bool *stop)
{
	struct value *locked = describe_locked(copy, row, class_number);

	if (!copy->locked)
		copy->locked = value_array();
	if (locked)
		copy->bytes += result_size(locked);
	if (!locked || value_append(copy->locked, locked))
		return outcome_no_memory(&copy->request->outcome);
	copy->after = row->id;
	copy->more = copy->bytes >= PAGE_BYTES;
	*stop |= copy->more;
	return 0;
}

int copy_locked(struct copy *copy, const struct row *row, uint32_t class_number, bool *stop)
{
	struct request *request = copy->request;

	if (!copy->partial)
		return request_status(request, FAULT_LOCKED, class_number);
	copy->withheld++;
	copy->withheld_classes |= 1U << class_number;
	return copy->references ? tell_locked(copy, row, class_number, stop) : 0;
}

int copy_withhold(struct copy *copy, struct find *find)
{
	uint32_t classes = 0;
	int64_t count = 0;
	int status;

	if (!copy->partial)
		return find_decided(find);
	/* With the first page. */
	status = copy->found ? 0 : find_withheld(find, false, &count, &classes);
	copy->withheld += (size_t)count;
	copy->withheld_classes |= classes;
	return status;
}

int copy_result(struct copy *copy, struct value *result, size_t secret_length, int64_t row,
		bool *stop)
{
	struct request *request = copy->request;

	copy->found++;
	copy->after = row;
	copy->remaining--;
	if (!copy->many)
		request->result = result;
	else if (result) {
		copy->bytes += result_size(result) - secret_length;
		copy->secrets += secret_length;
		if (value_append(request->result, result))
			return outcome_no_memory(&request->outcome);
	}
	/* Whether there are any is known. */
	*stop = copy->remaining <= 0 || (!query_returns(copy->query) && !copy->partial);
	if (!*stop && (copy->bytes >= PAGE_BYTES || copy->secrets >= PAGE_SECRETS)) {
		*stop = true;
		copy->more = true;
	}
	return 0;
}

void copy_unreadable(struct copy *copy, const struct row_iterator *iterator)
{
	copy->damaged_count += iterator->damaged_count;
	copy->lost_count += iterator->lost_count;
}

bool copy_is_nothing(const struct copy *copy)
{
	bool unreadable = copy->damaged_count || copy->lost_count;

	return !copy->found && !copy->withheld && !(unreadable && copy->partial && copy->many);
}

int copy_finish(struct copy *copy, int status)
{
	struct outcome *outcome = &copy->request->outcome;
	struct value *withheld, *classes;

	/* One that is asked for alone is there, but nothing can be returned. */
	if (!status && !copy->many && !copy->found && copy->withheld)
		status = request_status(copy->request, FAULT_LOCKED, (uint32_t)__builtin_ctz(copy->withheld_classes));
	if (status) {
		value_free(copy->locked);
		return status;
	}
	if (copy->more)
		outcome_detail(outcome, "cursor", make_cursor(copy));
	if (copy->damaged_count)
		outcome_detail(outcome, "damaged", value_integer((int64_t)copy->damaged_count));
	if (copy->lost_count)
		outcome_detail(outcome, "lost", value_integer((int64_t)copy->lost_count));
	if (!copy->partial)
		return 0;
	if (copy->references)
		outcome_detail(outcome, "locked", copy->locked ? copy->locked : value_array());
	copy->locked = NULL;
	withheld = value_dictionary();
	classes = value_array();
	for (uint32_t class = 0; classes && class < STORE_CLASSES; class++) {
		if (copy->withheld_classes & 1U << class)
			value_append(classes, value_string(keybag_class_name(class)));
	}
	if (!withheld || value_set(withheld, "count", value_integer((int64_t)copy->withheld)))
		return outcome_no_memory(outcome);
	value_set(withheld, "classes", classes);
	outcome_detail(outcome, "withheld", withheld);
	return 0;
}

static struct value *copy_by_subject(void *context, const struct value *subject)
{
	struct copy *copy = context;
	struct value *found = value_array();
	struct query query = { .use = QUERY_COPY, .item_class = ITEM_CERTIFICATE, .has_class = true,
			       .synchronizable = SYNCHRONIZABLE_ANY };
	struct find find = { 0 };
	struct row rows[8];
	size_t count = 0;

	query.attributes = value_dictionary();
	if (!found || !query.attributes ||
	    value_set(query.attributes, "subj", value_copy(subject)) ||
	    find_prepare(&find, copy->request, &query, copy->groups, ITEM_CERTIFICATE) ||
	    find_rows(&find, 0, rows, 8, &count) ||
	    rows_open(copy->request->store, rows, count, NULL))
		goto out;
	for (size_t i = 0; i < count; i++) {
		struct value *data = NULL;

		if (rows[i].state == ROW_OPEN && query_matches(&query, &rows[i]) &&
		    !item_secret(copy->request, &rows[i], &data) && value_is(data, VALUE_DATA))
			value_append(found, data);
		else
			value_free(data);
	}
out:
	find_release(&find);
	for (size_t i = 0; i < count; i++)
		row_release(&rows[i]);
	value_free(query.attributes);
	outcome_reset(&copy->request->outcome);
	return found;
}

int copy_certificate_matches(struct copy *copy, const struct value *data, bool *ret_matches)
{
	struct match_context context = { copy_by_subject, copy, NULL };
	size_t length;
	const void *bytes = value_bytes(data, &length);

	*ret_matches = false;
	if (bytes && match_certificate(&context, bytes, length, copy->query->source, ret_matches))
		return outcome_no_memory(&copy->request->outcome);
	return 0;
}
