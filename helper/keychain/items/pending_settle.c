// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/pending_settle.h"

#include "helper/keychain/items/add.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/lookup.h"

/* An item that it has become already, of a file or a row that was put back. */
static enum fault is_item(struct store *store, const struct pending_row *pending, bool *ret_is)
{
	struct row row;
	enum fault fault = lookup_uuid(store, pending->item_class, pending->uuid, false, &row, ret_is);

	if (!fault && *ret_is)
		row_release(&row);
	return fault;
}

int pending_carry_out(struct request *request, const struct value *addition)
{
	const char *groups[] = { request->pending->group };
	const struct engine_caller caller = {
		.uid = request->store->owner_uid, .groups = groups, .group_count = 1,
		.application = value_as_string(value_get(addition, "application")),
	};
	const struct engine_caller *nobody = request->caller;
	struct value *result = NULL;
	struct query query;
	bool added;
	int status = query_decode(&query, QUERY_ADD, value_get(addition, "query"), 0, false, &request->outcome);

	request->caller = &caller;
	if (!status && value_as_boolean(value_get(addition, "replaces")))
		status = add_or_change_query(request, &query, &result, &added);
	else if (!status)
		status = add_query(request, &query, &result);
	request->caller = nobody;
	value_free(result);
	query_release(&query);
	return status;
}

/* Judges an addition that was opened by the status of adding it. *ret_state stays where that has nothing to do with it. */
static bool judge(int status, enum pending_state *ret_state)
{
	switch (status) {
	case errSecDuplicateItem:
		*ret_state = PENDING_COLLIDES;
		return true;
	case errSecParam:
	case errSecNoSuchAttr:
	case errSecNoSuchClass:
	case errSecUnimplemented:
	case errSecMissingEntitlement:
		*ret_state = PENDING_REFUSED;
		return true;
	default:
		return false;
	}
}

static void count(struct pending_outcome *outcome, enum pending_state state)
{
	outcome->colliding += state == PENDING_COLLIDES;
	outcome->refused += state == PENDING_REFUSED;
	outcome->damaged += state == PENDING_DAMAGED;
}

/* Keeps it, to be decided about. */
static enum fault keep(struct request *request, enum pending_state state, struct pending_outcome *outcome)
{
	count(outcome, state);
	return pending_row_set_state(request->store, request->pending, state);
}

/* FAULT_LOCKED: it waits on, and so do those behind it. */
static enum fault carry_out(struct request *request, struct pending_outcome *outcome)
{
	struct store *store = request->store;
	enum pending_state state = PENDING_WAITS;
	struct value *addition = NULL;
	bool there = false;
	enum fault fault = is_item(store, request->pending, &there);
	int status = 0;

	if (!fault && !there)
		fault = pending_row_open(store, request->pending, &addition);
	if (fault_is_damage(fault))
		return keep(request, PENDING_DAMAGED, outcome);
	if (!fault && !there)
		status = pending_carry_out(request, addition);
	value_free(addition);
	outcome_reset(&request->outcome);
	if (fault || status == errSecInteractionNotAllowed)
		return fault ? fault : FAULT_LOCKED;
	if (judge(status, &state))
		return keep(request, state, outcome);
	if (status)
		return FAULT_FILE;
	outcome->added += !there;
	return pending_row_delete(store, request->pending);
}

static enum fault carry_out_all(struct request *request, struct pending_outcome *outcome)
{
	enum fault fault = FAULT_NONE;
	int64_t after = 0;

	for (;;) {
		struct pending_row row CLEANUP_PENDING_ROW = { 0 };
		bool found;

		fault = pending_row_next(request->store, after, &row, &found);
		if (fault || !found)
			return fault;
		after = row.id;
		request->pending = &row;
		if (row.state == PENDING_WAITS)
			fault = carry_out(request, outcome);
		request->pending = NULL;
		if (fault)
			return fault;
	}
}

/* Damage is that of a row that nobody wrote: its state says so to everyone already. */
bool pending_settle(struct request *request, struct pending_outcome *ret_outcome)
{
	struct store *store = request->store;
	bool due = false;
	enum fault fault = pending_row_due(store, &due);

	*ret_outcome = (struct pending_outcome){ 0 };
	if (fault || !due)
		return false;
	fault = store_begin(store, true);
	if (!fault)
		fault = carry_out_all(request, ret_outcome);
	/* An addition that was locked again meanwhile has taken nothing from those before it. */
	if (fault == FAULT_LOCKED || fault == FAULT_SUSPENDING)
		fault = FAULT_NONE;
	if (!fault)
		fault = store_commit(store);
	store_rollback(store);
	if (fault)
		*ret_outcome = (struct pending_outcome){ 0 };
	request->committed = !fault;
	return !fault;
}
