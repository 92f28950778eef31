// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic in the middle of what the module does: when a function of it is called, before anything
 * of that call is done.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/panic.h>

static char *function = "keybag_class_key_init";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "at which to panic");

static unsigned int calls = 1;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "the call at which to panic, from 1");

static atomic_t seen = ATOMIC_INIT(0);

static int reached(struct kprobe *probe, struct pt_regs *registers)
{
	if (atomic_inc_return(&seen) == calls)
		panic("keybag_panic: in call %u of %s\n", calls, function);
	return 0;
}

static struct kprobe probe = {
	.pre_handler = reached,
};

static int __init panic_init(void)
{
	probe.symbol_name = function;
	return register_kprobe(&probe);
}

static void __exit panic_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(panic_init);
module_exit(panic_exit);

MODULE_DESCRIPTION("Test of keybag: panics at a given place");
MODULE_LICENSE("GPL");
