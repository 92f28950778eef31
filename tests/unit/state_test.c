// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lock-state machine, all of it: every state, event and kind of bag.
 */
#include "keybag/state.h"
#include "tap.h"

#define BFU	 KB_STATE_BEFORE_FIRST_UNLOCK
#define LOCKED	 KB_STATE_LOCKED
#define UNLOCKED KB_STATE_UNLOCKED
#define REFUSED	 (-EOPNOTSUPP)

static const enum kb_state states[] = { BFU, LOCKED, UNLOCKED };

/* What follows on each event from before first unlock, locked, unlocked. */
static const struct {
	enum kb_event event;
	bool can_lock;
	int next[3];
} transitions[] = {
	{ KB_EVENT_UNLOCK,	 true,	{ UNLOCKED, UNLOCKED, UNLOCKED } },
	{ KB_EVENT_UNLOCK_FIRST, true,	{ LOCKED,   LOCKED,   UNLOCKED } },
	{ KB_EVENT_LOCK,	 true,	{ BFU,	    LOCKED,   LOCKED } },
	{ KB_EVENT_LOCK_FULL,	 true,	{ BFU,	    BFU,      BFU } },
	{ KB_EVENT_UNLOCK,	 false, { UNLOCKED, UNLOCKED, UNLOCKED } },
	{ KB_EVENT_UNLOCK_FIRST, false, { UNLOCKED, UNLOCKED, UNLOCKED } },
	{ KB_EVENT_LOCK,	 false, { REFUSED,  REFUSED,  REFUSED } },
	{ KB_EVENT_LOCK_FULL,	 false, { REFUSED,  REFUSED,  REFUSED } },
};

static void test_transitions(void)
{
	unsigned int i, state;

	for (i = 0; i < ARRAY_SIZE(transitions); i++)
		for (state = 0; state < ARRAY_SIZE(states); state++)
			check(kb_state_next(states[state], transitions[i].event,
					    transitions[i].can_lock) == transitions[i].next[state]);
	tap_test("every event in every state leads where it should");
}

/* A class key that is gone comes back by unlock alone. */
static void test_only_unlock_adds(void)
{
	unsigned int state, event;

	for (state = 0; state < ARRAY_SIZE(states); state++)
		for (event = KB_EVENT_LOCK; event <= KB_EVENT_LOCK_FULL; event++) {
			int next = kb_state_next(states[state], event, true);

			check(!(kb_state_classes(next) & ~kb_state_classes(states[state])));
		}
	tap_test("lock never makes a class available");
}

static void test_availability(void)
{
	static const struct {
		const char *name;
		bool available[3];
	} expected[] = {
		{ "A",	  { false, false, true } },
		{ "B",	  { false, false, true } },
		{ "C",	  { false, true,  true } },
		{ "D",	  { true,  true,  true } },
		{ "ak",	  { false, false, true } },
		{ "ck",	  { false, true,  true } },
		{ "dk",	  { true,  true,  true } },
		{ "aku",  { false, false, true } },
		{ "cku",  { false, true,  true } },
		{ "dku",  { true,  true,  true } },
		{ "akpu", { false, false, true } },
	};
	unsigned int i, state;
	u32 masks[3] = { 0 };

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct kb_class_info *class = kb_class_by_name(expected[i].name);

		for (state = 0; state < ARRAY_SIZE(states); state++) {
			check(kb_state_allows(states[state], class) ==
			      expected[i].available[state]);
			if (expected[i].available[state])
				masks[state] |= 1U << class->class;
		}
	}
	tap_test("every class is available in the states of the design and in no other");

	for (state = 0; state < ARRAY_SIZE(states); state++)
		check(kb_state_classes(states[state]) == masks[state]);
	tap_test("the mask of a state has exactly the classes it allows");
}

static void test_names(void)
{
	check(!strcmp(kb_state_name(BFU), "before first unlock"));
	check(!strcmp(kb_state_name(LOCKED), "locked"));
	check(!strcmp(kb_state_name(UNLOCKED), "unlocked"));
	tap_test("states have names");
}

int main(void)
{
	tap_start();
	test_transitions();
	test_only_unlock_adds();
	test_availability();
	test_names();
	return tap_end();
}
