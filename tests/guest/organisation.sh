#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An organisation that may open a keybag: let in by its owner or by keybagd.conf, its code taken out of what is sealed to it with
# openssl alone, used, renewed; put out; never without a word to the owner.
. "$(dirname "$0")/lib/stack.sh"
stack_begin

work=$(mktemp -d)
chmod 1777 "$work"
cheap="--kdf-memory 64 --kdf-passes 1"

# certificate NAME OPTION…: NAME.pem with NAME.key, of which there are few: keys of RSA are expensive in the machine
certificate() {
	local name=$1
	shift
	openssl req -x509 -nodes -keyout "$work/$name.key" -out "$work/$name.pem" -subj "/O=$name GmbH/CN=Recovery" -days 30 "$@" \
		>/dev/null 2>&1
	chmod 644 "$work/$name.pem"
}
certificate alpha -newkey rsa:2048 -addext keyUsage=keyEncipherment
certificate beta -newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext keyUsage=keyAgreement
certificate gamma -newkey ec -pkeyopt ec_paramgen_curve:P-521

fingerprint() {
	openssl x509 -in "$work/$1.pem" -noout -fingerprint -sha256 | sed 's/.*=//'
}

sha256() {
	fingerprint "$1" | tr -d : | tr A-F a-f
}

# present USER, configured USER: which certificate, "null" for none
present() {
	keybagctl organisation --user "$1" --json | jq -r '.organisation.sha256 // "null"'
}

# code_of NAME USER: what the organisation makes of what lies anywhere
code_of() {
	keybagctl organisation export --user "$2" "$work/sealed.pem" &&
		openssl cms -decrypt -inform PEM -in "$work/sealed.pem" -recip "$work/$1.pem" -inkey "$work/$1.key"
}

# opens USER PASSCODE: of a keybag that was locked before
opens() {
	keybagctl lock --full --user "$1" >/dev/null
	keybagctl unlock --user "$1" <<<"$2" >/dev/null 2>&1
}

opens_by_code() {
	keybagctl lock --full --user "$1" >/dev/null
	keybagctl unlock --recovery --user "$1" <<<"$2"
}

# -- let in by the owner ----------------------------------------------------------------------------
as anna keybagctl create $cheap <<<first >/dev/null 2>&1
recovery=$(as anna keybagctl recovery add <<<first 2>/dev/null)
as anna keybagctl recovery confirm <<<"$recovery" >/dev/null
for class in ak ck dk aku akpu; do
	as anna keybagctl wrap --class $class --out "$work/$class" <<<"secret of $class"
done
check_output "Also opens:  no organisation" "status says that there is none" as anna keybagctl status
check_status 9 "nothing to export" as anna keybagctl organisation export
check_status 9 "nothing to remove" as anna keybagctl organisation remove --yes <<<first
check_output "$(fingerprint alpha)" "shown before it is let in" as anna keybagctl organisation add --yes "$work/alpha.pem" <<<first
check_equal "$(present anna)" "$(sha256 alpha)" "it may open the keybag"
check_output "$(sha256 alpha)" "the journal has its certificate" grep result=sealed-to-organisation /run/keybagd.log
check_output "Also opens:  CN=Recovery,O=alpha GmbH.*$(fingerprint alpha)" "status says so" sh -c "keybagctl status --user anna | tr -d '\n'"
check_output "organisation-certificate +32 +$(sha256 alpha)" "and so does the file" keybagctl inspect "/var/lib/keybag/bags/$(field anna uuid).keybag"
check_equal "$(keybagctl status --user anna --json | jq -r '.organisation.subject, .recovery' | tr '\n' ' ')" \
	"CN=Recovery,O=alpha GmbH confirmed " "status as JSON, and the owner's own code is what it was"
check_output "can be opened by an organisation, too" "doctor tells it, too" keybagctl doctor
check_status 12 "there is one already" as anna keybagctl organisation add --yes "$work/beta.pem" <<<first
check_status 4 "a wrong passcode lets nobody in" as anna keybagctl organisation add --replace --yes "$work/beta.pem" <<<wrong
check_status 4 "nor out" as anna keybagctl organisation remove --yes <<<wrong
check_status 8 "another user sees nothing of it" as ben keybagctl organisation --user anna
check_status 8 "and exports nothing" as ben keybagctl organisation export --user anna

# -- its code -----------------------------------------------------------------------------------------
code=$(code_of alpha anna)
check_output '^[0-9A-Z]{5}(-[0-9A-Z]{5}){5}$' "openssl takes a code out of what is sealed to it" echo "$code"
check_equal "$(openssl cms -cmsout -print -inform PEM -in "$work/sealed.pem" | grep -oE 'rsaesOaep|aes-256-gcm|authEnveloped' | sort -u | wc -l)" 3 \
	"which is sealed by RSA-OAEP and AES-256-GCM"
check_output "the owner's own is confirmed" "it is no code of the owner's to confirm" \
	keybagctl recovery confirm --user anna <<<"$code"
check "the code opens the keybag" opens_by_code anna "$code"
check_equal "$(as anna keybagctl unwrap --in "$work/ak")" "secret of ak" "class ak opens"
check_status 3 "akpu does not" as anna keybagctl unwrap --in "$work/akpu"
check_status 4 "the code that was used opens nothing any more" opens_by_code anna "$code"
second=$(code_of alpha anna)
check "another one is sealed in its place" test -n "$second" -a "$second" != "$code"
check "the owner's code is good as before" opens_by_code anna "$recovery"
check "and so is the passcode" opens anna first
check "the organisation's next code sets a passcode" keybagctl passwd --recovery --yes --user anna $cheap <<<"$second"$'\nsecond'
check "which opens the keybag" opens anna second
check_equal "$(as anna keybagctl unwrap --in "$work/ak") $(as anna keybagctl unwrap --in "$work/akpu" 2>/dev/null)" "secret of ak " \
	"what was under akpu is gone"
third=$(code_of alpha anna)
check "the code was renewed" test -n "$third" -a "$third" != "$second"
check_status 4 "the former one is void" opens_by_code anna "$second"
check "a change of passcode leaves it" as anna keybagctl passwd $cheap <<<$'second\nfirst'
check_equal "$(code_of alpha anna)" "$third" "as it is"

# -- what makes a new key of the keybag -----------------------------------------------------------------
recovery=$(as anna keybagctl recovery add --replace --yes <<<first 2>"$work/said")
check_equal "$(present anna) $(grep -c organisation "$work/said")" "$(sha256 alpha) 0" "another recovery code leaves the organisation in"
check "its code is another one, and good" opens_by_code anna "$(code_of alpha anna)"
check_output "recovery code is void" "another organisation voids the recovery code, and that is said" \
	as anna keybagctl organisation add --replace --yes "$work/beta.pem" <<<first
check_equal "$(present anna)" "$(sha256 beta)" "it has the place of the former one"
check "whose code opens by ECDH" opens_by_code anna "$(code_of beta anna)"
check_status 2 "the former one has no part in it" sh -c "openssl cms -decrypt -inform PEM -in $work/sealed.pem -recip $work/alpha.pem \
	-inkey $work/alpha.key >/dev/null 2>&1 || exit 2"
check "removed" as anna keybagctl organisation remove --yes <<<first
check_equal "$(present anna)" null "nobody is left"
check_status 9 "no code opens it" opens_by_code anna "$third"

# -- certificates that are none ---------------------------------------------------------------------------
certificate weak -newkey rsa:1024
certificate curve -newkey ec -pkeyopt ec_paramgen_curve:secp256k1
certificate signs -key "$work/alpha.key" -addext keyUsage=digitalSignature
certificate wrong -newkey ec -pkeyopt ec_paramgen_curve:P-384 -addext keyUsage=keyEncipherment
certificate edwards -newkey ed25519
openssl x509 -in "$work/alpha.pem" -signkey "$work/alpha.key" -days -1 -out "$work/expired.pem" 2>/dev/null
cat "$work/alpha.pem" "$work/beta.pem" >"$work/two.pem"
cat "$work/alpha.pem" "$work/alpha.key" >"$work/private.pem"
head -c 600 "$work/alpha.pem" >"$work/cut.pem"
openssl x509 -in "$work/alpha.pem" -outform DER -out "$work/alpha.der"
{ cat "$work/alpha.der"; echo more; } >"$work/longer.der"
head -c 9000 /dev/zero >"$work/large"
: >"$work/empty"
chmod 644 "$work"/*.pem "$work"/*.der
while read -r file text; do
	check_output "$text" "$file is refused" as anna keybagctl organisation add --yes "$work/$file" <<<first
done <<'END'
weak.pem RSA key is too short
curve.pem another curve
signs.pem key usage forbids
wrong.pem key usage forbids
edwards.pem nothing can be sealed
expired.pem has expired
two.pem several certificates
private.pem private key
cut.pem no certificate
longer.der no certificate
large no certificate
empty no certificate
END
check_equal "$(present anna)" null "none of them was let in"
check "DER is taken as well" as anna keybagctl organisation add --yes "$work/alpha.der" <<<first
check_equal "$(present anna)" "$(sha256 alpha)" "as the same certificate"

# -- without a passcode anyone may have let it in ------------------------------------------------------------
as ben keybagctl create --no-passcode >/dev/null 2>&1
as ben keybagctl organisation add --yes "$work/beta.pem" >/dev/null 2>&1
check_equal "$(present ben)" "$(sha256 beta)" "one without a passcode has one, too"
check_output "cannot open it any more" "the first passcode puts it out, and says so before" \
	as ben keybagctl passwd --set $cheap <<<passcode
check_equal "$(present ben)" null "it is out"
keybagctl destroy --user ben --yes >/dev/null 2>&1

# -- keybagd.conf -----------------------------------------------------------------------------------------------
install -d -m 755 /etc/keybag/test
cp "$work"/{alpha,beta,gamma,expired,weak}.pem /etc/keybag/test/
for file in weak nothing; do
	printf '%s\n' "organisation-certificate = /etc/keybag/test/$file.pem" >"$work/conf"
	check_status 1 "the configuration check does not take $file.pem" keybagd --check "$work/conf"
done
daemon_settings "organisation-certificate = /etc/keybag/test/expired.pem"
check_output "organisation-certificate in keybagd.conf is not used.*expired" "doctor names one that is not used" keybagctl doctor
printf '%s\n' "organisation-certificate = /etc/keybag/test/expired.pem" >"$work/conf"
check_output "the organisation is not let in: .*has expired" "one that has expired is told, and takes no other setting away" \
	keybagd --check "$work/conf"
check_status 8 "nor is the choice the owner's then" as anna keybagctl organisation add --replace --yes "$work/beta.pem" <<<first
check_status 8 "to put it out neither" as anna keybagctl organisation remove --yes <<<first
chmod 666 /etc/keybag/test/gamma.pem
printf '%s\n' "organisation-certificate = /etc/keybag/test/gamma.pem" >"$work/conf"
check_status 1 "nor one that others may write" keybagd --check "$work/conf"
chmod 644 /etc/keybag/test/gamma.pem
check "and this one is good" keybagd --check "$work/conf"
daemon_settings "organisation-certificate = /etc/keybag/test/gamma.pem"
check_output "keybagd.conf names.*from the next change of passcode" "status tells of it" as anna keybagctl status
check_status 8 "the owner lets nobody else in" as anna keybagctl organisation add --replace --yes "$work/beta.pem" <<<first
check_output "keybagd.conf names an organisation.*$(fingerprint gamma)" "told before a keybag is made" \
	as ben keybagctl create $cheap <<<passcode
check_equal "$(present ben)" "$(sha256 gamma)" "it may open the new one"
check "with its code" opens_by_code ben "$(code_of gamma ben)"
check_status 8 "the owner does not put it out" as ben keybagctl organisation remove --yes <<<passcode
recovery=$(as anna keybagctl recovery add --replace --yes <<<first 2>/dev/null)
as anna keybagctl passwd --yes $cheap <<<$'first\nthird' >"$work/said" 2>&1
check_output "$(fingerprint gamma)" "a change of passcode tells of it" cat "$work/said"
check_output "cannot open it any more.*$(fingerprint alpha)" "and of the one that goes" cat "$work/said"
check_output "recovery code is void" "and of the recovery code" cat "$work/said"
check_equal "$(present anna)" "$(sha256 gamma)" "it has taken the place of the owner's"
check "and opens the keybag" opens_by_code anna "$(code_of gamma anna)"
check "as the passcode does" opens anna third

daemon_settings "organisation-certificate = /etc/keybag/test/beta.pem"
login_password ben passcode
change() {	# OLD NEW
	python3 "$here/lib/terminal.py" setpriv --reuid ben --regid ben --init-groups passwd -- \
		'urrent password: ' "$1" 'ew password: ' "$2" 'etype new password: ' "$2"
}
change passcode Second-pass-2 >"$work/said" 2>&1
check_output "With the new password an organisation may open your keybag, too: .*beta" "passwd tells of it before" cat "$work/said"
check_output "from now on" "and afterwards" cat "$work/said"
check_equal "$(present ben)" "$(sha256 beta)" "it may open the keybag"
check "with its code" opens_by_code ben "$(code_of beta ben)"
check "and the new password opens it" opens ben Second-pass-2

daemon_settings
check_equal "$(present ben)" "$(sha256 beta)" "without the setting it stays until it is put out"
check "by the owner" as ben keybagctl organisation remove --yes <<<Second-pass-2
check_equal "$(present ben)" null "who may now"

code=$(code_of gamma anna)
as anna keybagctl unlock <<<third
check "a backup takes the code of an organisation" \
	as anna keychainctl backup --recovery "$work/backup" <<<"$code"$'\na password of the backup'
check_status 4 "once" opens_by_code anna "$code"
rm -f "$work/backup"

# -- another machine ----------------------------------------------------------------------------------------------
uuid=$(field anna uuid)
cp /var/lib/keybag/bags/$uuid.keybag "$work/copy"
code=$(code_of gamma anna)
keybagctl destroy --user anna --yes >/dev/null 2>&1
check_equal "$(ls /var/lib/keybag/bags | grep -c "$uuid")" 0 "destroyed, nothing of it is left"
check_output "opens the keybag again" "recovered from a copy with the organisation's code: told that it was not renewed" \
	keybagctl recover --yes $cheap "$work/copy" <<<"$code"$'\nfourth'
check "the new passcode opens it" opens anna fourth
check_output "certificate of its organisation is not here" "doctor says why" keybagctl doctor
check_output "Also opens:  an organisation without a name.*$(fingerprint gamma)" "status knows its certificate by the fingerprint" \
	sh -c "keybagctl status --user anna | tr -d '\n'"
check "its certificate makes another code" keybagctl organisation add --replace --yes --user anna "$work/gamma.pem" <<<fourth
check_status 4 "and voids the one that was used" opens_by_code anna "$code"

rm -rf /etc/keybag/test "$work"
finish
