// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lock-state machine, all of it: every state, event and kind of bag.
 */
#include "keybag/state.h"
#include "lib/tap.h"

#define BFU	 KB_STATE_BEFORE_FIRST_UNLOCK
#define LOCKED	 KB_STATE_LOCKED
#define UNLOCKED KB_STATE_UNLOCKED
#define REFUSED	 (-EOPNOTSUPP)

static const enum kb_state states[] = { BFU, LOCKED, UNLOCKED };

/* Effect of each event from before first unlock, locked, unlocked. */
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
	unsigned int state, event, i;

	for (state = 0; state < ARRAY_SIZE(states); state++)
		for (event = KB_EVENT_LOCK; event <= KB_EVENT_LOCK_FULL; event++) {
			int next = kb_state_next(states[state], event, true);

			for (i = 0; i < kb_class_count; i++)
				check(!kb_state_allows(next, &kb_classes[i]) ||
				      kb_state_allows(states[state], &kb_classes[i]));
		}
	tap_test("lock never makes a class available");
}

static void test_availability(void)
{
	static const struct {
		enum kb_class class;
		bool available[3];
	} expected[] = {
		{ KB_CLASS_A,	  { false, false, true } },
		{ KB_CLASS_B,	  { false, false, true } },
		{ KB_CLASS_C,	  { false, true,  true } },
		{ KB_CLASS_D,	  { true,  true,  true } },
		{ KB_CLASS_AK,	  { false, false, true } },
		{ KB_CLASS_CK,	  { false, true,  true } },
		{ KB_CLASS_DK,	  { true,  true,  true } },
		{ KB_CLASS_AKU,	  { false, false, true } },
		{ KB_CLASS_CKU,	  { false, true,  true } },
		{ KB_CLASS_DKU,	  { true,  true,  true } },
		{ KB_CLASS_AKPU,	  { false, false, true } },
	};
	unsigned int i, state;

	check(kb_class_count == ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct kb_class_info *class = kb_class_find(expected[i].class);

		for (state = 0; state < ARRAY_SIZE(states); state++)
			check(kb_state_allows(states[state], class) ==
			      expected[i].available[state]);
	}
	tap_test("every class is available in the states of the design and in no other");
}

int main(void)
{
	tap_start();
	test_transitions();
	test_only_unlock_adds();
	test_availability();
	return tap_end();
}
