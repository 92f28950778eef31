/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program inside the test machine: as /init of the initramfs it puts the
 * root file system together, then either becomes process 1 and runs commands,
 * or hands over to systemd, which starts it again as a service.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Frames on the virtio-serial port, both ways: this header, then `length`
 * bytes. Little-endian, packed. The host starts a command by AGENT_RUN with an
 * id of its choice; everything about that command carries the id.
 */
struct frame {
	uint8_t type;
	uint32_t id;
	uint32_t length;
} __attribute__((packed));

enum frame_type {
	/* to the guest */
	AGENT_RUN = 'R',	/* u8 flags, then the shell command */
	AGENT_INPUT = 'I',	/* data for its standard input; none: end of file */
	AGENT_KILL = 'K',	/* u32 signal for its process group */
	AGENT_POWEROFF = 'Q',	/* end all processes, sync, power off */
	/* to the host */
	AGENT_HELLO = 'H',	/* ready for commands */
	AGENT_STDOUT = '1',
	AGENT_STDERR = '2',
	AGENT_EXIT = 'X',	/* i32 status, 128 + signal if it died of one */
};

#define AGENT_FLAG_TERMINAL	0x01	/* gets a terminal; all output is AGENT_STDOUT */
#define AGENT_FRAME_MAX		65536
#define AGENT_PORT		"keybag.agent"

/* Mounts everything as /vm/config says; on return / is the guest's root. */
void build_root(void);

/* Program that /vm/config says to exec once the root is there; NULL: become process 1. */
extern const char *root_next;

/* Serves the host until it asks to power off. Never returns. */
void serve(bool process_one);

/* Prints to the console and stops the machine. */
void die(const char *what) __attribute__((noreturn));

#endif
