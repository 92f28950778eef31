// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages in another language: which texts are translated, from where, and what stays as it is.
 */
#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/sent_text.h"
#include "common/translate.h"
#include "libkeybag/keybag.h"
#include "lib/tap.h"

#define HOSTILE	"build/tests/hostile"

static bool becomes(const char *text, const char *german)
{
	if (!strcmp(sent_text(text), german))
		return true;
	printf("# %s\n#  got %s\n# want %s\n", text, sent_text(text), german);
	return false;
}

static void test_english(void)
{
	check(!strcmp(_("yes"), "yes"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 1), "%lld item\n"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 0), "%lld items\n"));
	check(becomes("keybag of anna (uid 1000): wrong passcode: try again",
		      "keybag of anna (uid 1000): wrong passcode: try again"));
	tap_test("without a language all is English");
}

static void test_german(void)
{
	translate_begin();
	check(!strcmp(_("yes"), "ja"));
	check(!strcmp(_(""), ""));
	check(!strcmp(_("no message of ours"), "no message of ours"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 1), "%lld Objekt\n"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 0), "%lld Objekte\n"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 1ULL << 40), "%lld Objekte\n"));
	check(!strcmp(localeconv()->decimal_point, "."));
	check(!strcmp(setlocale(LC_CTYPE, NULL), "C"));
	tap_test("the language of messages, and nothing else of the locale");
}

static void test_width(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%-*s|", translate_width("entf\u00e4llt", 10), "entf\u00e4llt");
	check(!strcmp(text, "entf\u00e4llt  |"));
	snprintf(text, sizeof(text), "%-*s|", translate_width("ok", 4), "ok");
	check(!strcmp(text, "ok  |"));
	tap_test("columns are counted by characters");
}

static void test_answers(void)
{
	check(answer_is_yes("yes") && answer_is_yes("ja"));
	check(!answer_is_yes("y") && !answer_is_yes("j") && !answer_is_yes("") && !answer_is_yes("nein"));
	check(answer_begins_yes("y") && answer_begins_yes("Y") && answer_begins_yes("j") && answer_begins_yes("Ja"));
	check(!answer_begins_yes("n") && !answer_begins_yes("") && !answer_begins_yes("N"));
	tap_test("an answer is understood in both languages");
}

static void test_sent(void)
{
	check(becomes("keybag of anna (uid 1000): wrong passcode: try again",
		      "Keybag von anna (UID 1000): Passcode falsch: Versuchen Sie es noch einmal"));
	check(becomes("keybag of anna (uid 1000): wrong recovery code: next try in 4 min 10 s",
		      "Keybag von anna (UID 1000): Wiederherstellungscode falsch: n\u00e4chster Versuch in 4 min 10 s"));
	check(becomes("keybag of uid 7: 12 wrong answers so far: nothing was tried, wait 59 s",
		      "Keybag der UID 7: bisher 12 falsche Antworten: Es wurde nichts versucht, warten Sie 59 s"));
	check(becomes("system keybag: locked: unlock the keybag first",
		      "System-Keybag: gesperrt: Entsperren Sie zuerst das Keybag"));
	check(becomes("there is a system keybag already", "System-Keybag gibt es schon"));
	check(becomes("locking all keybags is for root", "alle Keybags zu sperren ist root vorbehalten"));
	check(becomes("/etc/keybag/device.tpm: the TPM was cleared or replaced since: restore a copy of device.key and 'keybagctl device-key move "
		      "tpm'; without a copy move device.tpm and the keybags away, restart keybagd and use 'keybagctl recover' with the "
		      "recovery codes, which a system keybag has none of",
		      "/etc/keybag/device.tpm: das TPM wurde seither gel\u00f6scht oder ausgetauscht: Stellen Sie eine Kopie von device.key "
		      "wieder her, dann 'keybagctl device-key move tpm'; ohne Kopie legen Sie device.tpm und die Keybags beiseite, starten "
		      "keybagd neu und nehmen 'keybagctl recover' mit den Wiederherstellungscodes, deren das "
		      "System-Keybag keinen hat"));
	check(becomes("device key for the TPM: this keybagd may not open /dev/tpmrm0: 'systemctl restart keybagd'",
		      "Ger\u00e4teschl\u00fcssel f\u00fcr das TPM: Dieser keybagd darf /dev/tpmrm0 nicht \u00f6ffnen: 'systemctl restart keybagd'"));
	check(becomes(keybag_error_text(-ECONNREFUSED),
		      "keybagd l\u00e4uft nicht: Starten Sie ihn mit 'systemctl start keybagd'"));
	tap_test("texts of daemons and libraries");
}

static void test_sent_otherwise(void)
{
	const char *longest = "keybag of %s";
	char text[4096];

	check(becomes("a text that nobody has translated", "a text that nobody has translated"));
	check(becomes("", ""));
	check(becomes("%s%n: wrong passcode: try again", "%s%n: Passcode falsch: Versuchen Sie es noch einmal"));
	check(becomes("uid x has no keybag: make one with 'keybagctl create'",
		      "uid x has no keybag: make one with 'keybagctl create'"));
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	check(becomes(text, text));
	strcpy(text + sizeof(text) - 32, ": wrong passcode: try again");
	check(becomes(text, text));
	/* Its own result. */
	check(sent_text(sent_text("there is a system keybag already")) != longest);
	check(!strcmp(sent_text(sent_text("there is a system keybag already")), "System-Keybag gibt es schon"));
	tap_test("other texts stay as they are, of any length");
}

static void test_errno(void)
{
	check(!strcmp(translate_errno(-100000), "unbekannter Fehler"));
	check(!strcmp(translate_errno(ENOENT), translate_errno(-ENOENT)));
	tap_test("errors of the system");
}

/* A catalogue of somebody else's, with the same texts but one, beside ours. */
static bool make_hostile(void)
{
	return !system("mkdir -p " HOSTILE "/LC_MESSAGES && sed 's/das System-Keybag wird nie/das HOSTILE-Keybag ist nie/' "
		       "build/po/locale/de/LC_MESSAGES/keybag.mo >" HOSTILE "/LC_MESSAGES/keybag.mo");
}

static void test_hostile(void)
{
	/* Not looked up before: the C library remembers what it has found. */
	const char *text = "the system keybag never locks";

	check(make_hostile());
	setenv("LANGUAGE", "../../../" HOSTILE, 1);
	/* The C library by itself opens it. */
	check(strstr(dgettext(TRANSLATE_DOMAIN, text), "HOSTILE"));
	check(!strcmp(_(text), text));
	check(becomes(text, text));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 1), "%lld item\n"));
	setenv("LANGUAGE", "de:../../../" HOSTILE, 1);
	check(!strcmp(_(text), text));
	setenv("LANGUAGE", "de", 1);
	setenv("TEXTDOMAINDIR", HOSTILE, 1);
	setenv("TEXTDOMAIN", "hostile", 1);
	setenv("NLSPATH", HOSTILE "/%N", 1);
	setenv("OUTPUT_CHARSET", "ISO-8859-1", 1);
	check(!strcmp(_("checking"), "Pr\u00fcfen"));
	tap_test("no catalogue is read from another folder");
}

static void test_stop(void)
{
	translate_stop();
	check(!strcmp(_("yes"), "yes"));
	check(!strcmp(translate_errno(ENOENT), "No such file or directory"));
	check(!strcmp(translate_count("%lld item\n", "%lld items\n", 2), "%lld items\n"));
	check(becomes("there is a system keybag already", "there is a system keybag already"));
	tap_test("what programs read is English");
}

int main(void)
{
	unsetenv("LC_ALL");
	setenv("LANG", "C.UTF-8", 1);
	setenv("LANGUAGE", "de", 1);
	test_english();
	test_german();
	test_width();
	test_answers();
	test_sent();
	test_sent_otherwise();
	test_errno();
	test_hostile();
	test_stop();
	return tap_end();
}
