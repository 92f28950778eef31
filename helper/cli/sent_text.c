// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A text is looked up as a whole; then it is compared with the formats below, whose conversions stand for any text,
 * and what they stand for is put into the translation of the format; then as "OBJECT: ERROR".
 */
#include "cli/sent_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "common/translate.h"

#define MAX_CAPTURES	8
#define MAX_DEPTH	3	/* a text, an object in it, its owner */

/*
 * Those that people see most. tests/style/translation checks that each is in the sources of a daemon or a library.
 */
static const char *const formats[] = {
	/* keybagd: what is meant */
	N_("keybag of %s (uid %u)"),
	N_("keybag of uid %u"),
	N_("system keybag"),
	N_("passcode"),
	N_("recovery code"),
	N_("recovery code: use the passcode"),
	/* keybagd: secrets */
	N_("%s: wrong %s: try again"),
	N_("%s: wrong %s: next try in %s"),
	N_("%s: %u wrong answers so far: nothing was tried, wait %s"),
	N_("%s: its passcode is disabled after %u wrong ones: 'keybagctl passwd --recovery' sets a new one with the "
	   "recovery code"),
	N_("%s: after %u wrong passcodes the next one is taken from no login and no other machine: 'keybagctl unlock' at "
	   "this one opens it"),
	N_("%s: wrong passcode, one too many: the keybag has been erased"),
	N_("%s has no such %s"),
	N_("the recovery code is mistyped: six groups of five letters and digits; nothing was tried"),
	N_("%s: its file is not the one that its owner's secrets have sealed: restore it from a backup"),
	N_("%s: its passcode is needed"),
	N_("%s has no passcode: leave it out"),
	N_("%s: its passcode is not the login password: nothing was tried"),
	N_("%s: not enough memory to check the passcode (%u KiB): close something and try again"),
	N_("%s: not enough memory for the passcode (%u KiB): close something, or ask for less"),
	N_("%s: its passcode takes %u KiB to check, this machine allows %u KiB: open it on a larger one, or use the "
	   "recovery code"),
	N_("%s has a recovery code: 'keybagctl recovery add --replace' voids it and makes another"),
	N_("a recovery code is made with the passcode, not with another code"),
	N_("the system keybag belongs to this machine: it has no recovery code"),
	/* keybagd: organisations */
	N_("an organisation may open %s already: 'keybagctl organisation add --replace' puts another one in its place"),
	N_("no organisation may open %s"),
	N_("keybagd.conf names the organisation that may open keybags of this machine, and it would take the place of another one: "
	   "'keybagctl organisation' shows it"),
	N_("keybagd.conf names the organisation that may open %s, and would let it in again with the next passcode: root takes "
	   "'organisation-certificate' out of there first"),
	N_("who may open a keybag is changed with the passcode, not with a recovery code"),
	N_("the system keybag belongs to this machine: no organisation opens it"),
	N_("that is the code of the organisation, which it keeps: the owner's own is confirmed; nothing was tried"),
	N_("%s: nothing could be sealed to the certificate of its organisation: %s"),
	N_("the certificate cannot be used: %s"),
	N_("it is no certificate: X.509 as PEM or DER, of 8192 bytes at most, is taken"),
	N_("it has several certificates: give the organisation's own one alone"),
	N_("it has a private key in it: keep that away from this machine, and give the certificate alone"),
	N_("its RSA key is too short: 2048 bits are the least, 3072 are advised"),
	N_("its RSA key is too long: what is sealed to more than 4096 bits does not fit into a keybag"),
	N_("nothing can be sealed to a key of its kind: RSA or EC (P-256, P-384, P-521) is taken, and X25519 where libcrypto's CMS "
	   "has it"),
	N_("its key is on another curve than P-256, P-384 or P-521"),
	N_("its public key is not sound: have another certificate made"),
	N_("its key usage forbids that: it needs keyEncipherment of an RSA key, keyAgreement of another one"),
	N_("it has expired: have it renewed, or see to this machine's clock"),
	N_("it is not valid yet: see to its dates, or to this machine's clock"),
	N_("what is sealed to it does not fit into a keybag: have one made with a subject key identifier, or with an EC key"),
	N_("others than root may write it, or keybagd may not read it"),
	/* keybagd: which keybag */
	N_("uid %u has no keybag: make one with 'keybagctl create'"),
	N_("there is no system keybag: make one with 'keybagctl create --system'"),
	N_("root has no keybag of its own: name the user who is meant with '--user NAME' ('keybagctl list' shows all), "
	   "or make one with 'keybagctl create'"),
	N_("more than one keybag of uid %u on disk: root has to choose with 'keybagctl list' and 'keybagctl destroy "
	   "--uuid'"),
	N_("no such keybag: 'keybagctl list' shows those you may see"),
	N_("only uid %u and root may use the keybag of uid %u"),
	N_("the system keybag is for root"),
	N_("'%s' is for root"),
	N_("there is a %s already"),
	N_("there is no account with uid %u: make the account first"),
	/* keybagd: lock, settings */
	N_("%s has no passcode and cannot lock: set one with 'keybagctl passwd --set'"),
	N_("the system keybag never locks: 'keybagctl evict' takes all keybags out of the kernel"),
	N_("the system keybag never locks"),
	N_("the system keybag never has a passcode"),
	N_("locking all keybags is for root"),
	N_("lock-after-idle in keybagd.conf is %u s: yours may be shorter, not longer"),
	N_("accepting a renamed account is for root"),
	/* keybagd: files */
	N_("%s: the file %s is damaged: restore it from a backup"),
	N_("%s: the file %s is sealed to another device key than device.tpm has; /etc/keybag/device.key beside it may be that key: "
	   "see keybagd(8), 'Device key in a TPM'"),
	N_("%s: that file is older than one this machine has seen since it started: take the newer one, or restart the machine"),
	N_("%s: there is no account with uid %u, whose it is by that file: make one ('useradd -u %u NAME'), or give its owner's account that "
	   "uid ('usermod -u %u NAME')"),
	N_("%s: the file %s is sealed to another device key: move it away and use 'keybagctl recover' with its recovery "
	   "code"),
	N_("%s: the file %s is older than one this machine has seen since it started: restore the newer one, or restart "
	   "the machine"),
	N_("%s: the file %s was made by a newer version: install that version of the kernel module"),
	N_("%s: the file %s is gone: restore it from a backup"),
	N_("%s: all keybags were evicted meanwhile: ask again"),
	/* keybagd: recover */
	N_("%s: this recovery code is not the one of that keybag"),
	N_("%s: that keybag has no recovery code: it opens only on the device it was made on"),
	N_("%s: that file is damaged: take another copy"),
	N_("that keybag belongs to uid %u, you are uid %u: root may recover it"),
	N_("a keybag of another device opens with its recovery code only"),
	N_("a system keybag belongs to its machine: make a new one"),
	/* keybagd: backups */
	N_("this is not the password of the backup: try again, with the one that it was made with"),
	N_("the head of the backup is damaged: take another copy of the file"),
	N_("a newer release made the backup: restore it with that"),
	N_("the module that is loaded is of an older release and knows no backups: restart the machine, or load the module that "
	   "is installed"),
	N_("not enough memory for the backup's password (%u KiB): close something and try again"),
	N_("the password of the backup costs more to check than users may ask for: have root restore it"),
	N_("this is the file of a keybag, and no backup"),
	/* keybagd: the device key in a TPM, as OBJECT: ERROR */
	N_("the program keybag-tpm has failed: see 'journalctl -u keybagd'"),
	N_("the TPM does not answer in time: it is asked again at the next use; if that goes on, switch the "
	   "machine off and on"),
	N_("the TPM cannot be talked to: 'dmesg' may say why; switch the machine off and on"),
	N_("the TPM was cleared since, and cannot open it any more"),
	N_("it was sealed by another TPM than this machine's: put that one back; if it is lost"),
	N_("the TPM was cleared or replaced since"),
	N_("it is damaged: restore device.tpm from a backup; if there is none, move it away"),
	N_("it was made by a newer version of Keybag: install that version"),
	N_("the TPM is locked out after wrong answers of another program: wait, or 'tpm2_dictionarylockout "
	   "--clear-lockout'"),
	N_("the TPM's owner hierarchy has a password, which Keybag does not know: take it away, as by "
	   "'tpm2_changeauth -c owner -p PASSWORD'"),
	N_("the TPM's owner hierarchy is switched off: switch it on in the firmware's settings"),
	N_("the TPM has no room for another key or session: end the programs that fill it, or restart the "
	   "machine"),
	N_("the TPM lacks ECC P-256, AES-128 or SHA-256: use the file, keybagd(8)"),
	N_("the TPM is in its failure mode: switch the machine off and on; if it stays so, restore a copy of "
	   "device.key and move device.tpm away"),
	N_("the TPM's answers do not verify: something between processor and TPM alters them"),
	N_("not enough memory to talk to the TPM: it is tried again at the next use"),
	N_("the kernel refuses keybag-tpm its filter of system calls (seccomp), without which it does nothing: see what "
	   "keybagd.service was changed to by 'systemctl cat keybagd'"),
	N_("restore a copy of device.key and 'keybagctl device-key move tpm'; without a copy move device.tpm "
	   "and the keybags away, restart keybagd and use 'keybagctl recover' with the recovery codes, which a system keybag has none of"),
	N_("%s: there is no TPM 2.0 (%s): switch it on in the firmware's settings; if the machine has none any "
	   "more, restore a copy of device.key and move device.tpm away"),
	N_("%s: root may not open %s: 'udevadm trigger --action=change %s' puts Keybag's rule for it into effect"),
	N_("%s: this keybagd may not open %s: 'systemctl restart keybagd'"),
	N_("device key for the TPM"),
	/* keychaind and libkeychain */
	N_("class akpu is locked, and its items are to be lost with the passcode: none of them waits for the keybag to be unlocked; "
	   "unlock it and try again; nothing was changed"),
	N_("the class is locked, and neither is there class B to seal with meanwhile: the module is of an earlier release, or the "
	   "keybag has no such key; load the present module, or add the item when the keybag is unlocked; nothing was changed"),
	N_("over quota: %d items, of %d MiB together, may wait for the keybag to be unlocked: unlock it, and decide about those "
	   "that 'keychainctl pending' lists then; nothing was added"),
	N_("nothing with that reference waits to be added in the groups of this program: 'keychainctl pending' lists what there is"),
	N_("what waited is damaged, and cannot be added: delete it by its reference"),
	N_("no keybag of uid %u is loaded: 'keybagctl create' makes one, if there is none"),
	N_("no keybag of the system is loaded: 'keybagctl create --system' as root makes one, if there is none"),
	N_("class %s has not become available in time: unlock with 'keybagctl unlock'"),
	N_("there is no keychain '%s': make it with 'keychainctl keychains create'"),
	N_("there is no keychain '%s': 'keychainctl keychains' lists those that there are"),
	N_("there is a keychain '%s' already"),
	N_("keychains of others are for root"),
	N_("no item matches in the groups of this program"),
	N_("no item of that application in the groups of this program"),
	N_("the keybag has no passcode, so that class akpu has no key: set one with keybagctl passwd"),
	N_("the keybag has no key of class %s"),
	N_("the machine goes to sleep: try again when it runs on"),
	N_("the permission to back up or restore is over: it was used up, its half hour has passed, or the keybag was locked "
	   "meanwhile; begin again"),
	N_("the part of the backup that everything else is sealed under is damaged: take another copy of the file"),
	N_("the keychain was exchanged or mended while it was backed up: begin anew"),
	N_("the system keychain belongs to its machine and is not backed up"),
	N_("out of memory: nothing was changed"),
	N_("out of memory"),
	N_("too many connections to keybagd: close some of them"),
	N_("too many connections to keychaind: close some of them"),
	N_("too many users at a time: try again later"),
};

struct capture {
	const char *text;
	size_t length;
};

struct output {
	char text[1024];
	size_t length;
};

static void put(struct output *output, const char *text, size_t length)
{
	if (length > sizeof(output->text) - 1 - output->length)
		length = sizeof(output->text) - 1 - output->length;
	memcpy(output->text + output->length, text, length);
	output->length += length;
	output->text[output->length] = 0;
}

/* Behind the conversion that begins at @format. */
static const char *conversion_end(const char *format)
{
	while (*format && !strchr("diouxXscp", *format))
		format++;
	return *format ? format + 1 : format;
}

static bool matches(const char *format, const char *text, struct capture *captures, size_t count, size_t *ret_count)
{
	for (; *format; format++, text++) {
		const char *end;

		if (*format != '%' || format[1] == '%') {
			format += *format == '%';
			if (*format != *text)
				return false;
			continue;
		}
		end = conversion_end(format);
		/* The shortest text for it that lets the rest match. */
		for (size_t length = 1; count < MAX_CAPTURES && text[length - 1]; length++) {
			if (end[-1] != 's' && !isdigit((unsigned char)text[length - 1]))
				return false;
			captures[count] = (struct capture){ text, length };
			if (matches(end, text + length, captures, count + 1, ret_count))
				return true;
		}
		return false;
	}
	*ret_count = count;
	return !*text;
}

static bool put_text(struct output *output, const char *text, size_t length, int depth);

/* @format: a translation, with conversions in the order of the original or with numbers, as in "%2$s". */
static void put_format(struct output *output, const char *format, const struct capture *captures, size_t count, int depth)
{
	size_t next = 0;

	while (*format) {
		size_t plain = strcspn(format, "%");

		put(output, format, plain);
		format += plain;
		if (!*format)
			break;
		if (format[1] == '%') {
			put(output, "%", 1);
			format += 2;
			continue;
		}
		if (isdigit((unsigned char)format[1]) && format[2] == '$')
			next = (size_t)(format[1] - '1');
		if (next < count)
			put_text(output, captures[next].text, captures[next].length, depth);
		next++;
		format = conversion_end(format);
	}
}

static bool put_formatted(struct output *output, const char *text, int depth)
{
	struct capture captures[MAX_CAPTURES];
	size_t count;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!matches(formats[i], text, captures, 0, &count))
			continue;
		if (_(formats[i]) == formats[i])
			return false;
		put_format(output, _(formats[i]), captures, count, depth);
		return true;
	}
	return false;
}

/* "OBJECT: ERROR" */
static bool put_error(struct output *output, const char *text, int depth)
{
	for (const char *colon = strstr(text, ": "); colon; colon = strstr(colon + 2, ": ")) {
		const char *error = colon + 2, *translation = _(error);

		if (translation == error)
			continue;
		put_text(output, text, (size_t)(colon - text), depth);
		put(output, ": ", 2);
		put(output, translation, strlen(translation));
		return true;
	}
	return false;
}

static bool put_text(struct output *output, const char *text, size_t length, int depth)
{
	char copy[sizeof(output->text)];
	const char *translation;

	if (length < sizeof(copy) && depth < MAX_DEPTH) {
		memcpy(copy, text, length);
		copy[length] = 0;
		translation = _(copy);
		if (translation != copy) {
			put(output, translation, strlen(translation));
			return true;
		}
		if (put_formatted(output, copy, depth + 1) || put_error(output, copy, depth + 1))
			return true;
	}
	put(output, text, length);
	return false;
}

const char *sent_text(const char *text)
{
	/* A host of pam_keybag may have threads. */
	static _Thread_local struct output output;

	output.length = 0;
	/* One that is its own result must not be overwritten while it is read. */
	if (text == output.text || !put_text(&output, text, strlen(text), 0))
		return text;
	return output.text;
}
