#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
#
# keychainctl import of every kind of file, and the machine's CA certificates as a keychain.

. "$(dirname "$(readlink -f "$0")")/lib/keybags.sh"
keybags_begin
command -v keychainctl >/dev/null || skip_all "the keychain is not installed"

anna() { runuser -u anna -- "$@"; }
import() { anna keychainctl import "$@" <<<"$passphrase"; }
call() { anna keychainctl call <<<"$1"; }
status() { call "$1" | jq .status; }
labels() { call "$1" | jq -r '[.result | if type == "array" then .[] else . end | .labl] | sort | join(" ")'; }

anna keybagctl create --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"one two three"
anna keybagctl unlock <<<"one two three" >/dev/null
passphrase=

cd "$work" || exit
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -x509 -new -key key.pem -subj "/C=DE/O=Example/CN=Anna" -days 30 -out cert.pem 2>/dev/null
openssl x509 -in cert.pem -outform DER -out cert.der
openssl pkcs8 -topk8 -in key.pem -passout pass:secret -out encrypted.pem
openssl pkcs12 -export -inkey key.pem -in cert.pem -name "Anna's identity" -passout pass:secret -out both.p12
openssl genpkey -algorithm ed25519 -out ed.pem
openssl pkey -in ed.pem -pubout -out public.pem
head -c 600 both.p12 >cut.p12
chmod a+r ./*

check "a certificate in DER" import cert.der
check_equal "$(labels '{"op":"copy","query":{"class":"cert","r_Attributes":true}}')" Anna "its label is from its subject"
check_equal "$(status '{"op":"copy","query":{"class":"idnt"}}')" -25300 "without its key it is no identity"
passphrase=secret
check "its key, encrypted in PEM; the passphrase by standard input" import encrypted.pem
check_equal "$(status '{"op":"copy","query":{"class":"idnt"}}')" 0 "with its key it is one"
check_status 12 "both again, out of PKCS#12: they are there already" import both.p12
check_equal "$(status '{"op":"delete","query":{"class":"cert"}}')" 0 "the certificate goes"
check_equal "$(status '{"op":"copy","query":{"class":"idnt"}}')" -25300 "and the identity with it"
check_output 'added: certificate of an identity Anna.s identity' "PKCS#12 adds the half that is missing" import both.p12
check_equal "$(status '{"op":"copy","query":{"class":"idnt","m_SubjectContains":"Anna"}}')" 0 "the identity is back"
openssl ecparam -name prime256v1 -genkey -noout -out other.pem
openssl req -x509 -new -key other.pem -subj "/C=DE/O=Example/CN=Anna" -days 30 -out other-cert.pem \
	-set_serial "0x$(openssl x509 -in cert.pem -noout -serial | cut -d= -f2)" 2>/dev/null
cat other.pem other-cert.pem >other-both.pem
chmod a+r ./*
check_status 12 "another certificate with the same issuer and serial number, and its key" import other-both.pem
check_output 'another certificate .*nothing was imported: look at it with .*--reference hex:' "it says what is in the way" import other-both.pem
check_equal "$(call '{"op":"copy","query":{"class":"keys","m_Limit":"m_LimitAll","r_Attributes":true}}' | jq '.result | length')" 1 \
	"and the key is not there without it"
check_output '"private key"' "a dry run tells" import --dry-run --json ed.pem
check_equal "$(call '{"op":"copy","query":{"class":"keys","m_Limit":"m_LimitAll","r_Attributes":true}}' | jq '.result | length')" 1 \
	"and adds nothing"
check_output 'to be added: private key' "what is not there is to be added" import --dry-run ed.pem
check_status 12 "a dry run of what is there already" import --dry-run cert.pem
check_output 'there already: certificate' "it says so" import --dry-run cert.pem
check_status 12 "a dry run of what another certificate is in the way of" import --dry-run other-both.pem
openssl req -x509 -newkey ed25519 -nodes -keyout twice.pem -subj "/CN=Twice" -set_serial 7 -out twice-cert.pem 2>/dev/null
openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj "/CN=Twice" -set_serial 7 -out differs-cert.pem 2>/dev/null
cat twice-cert.pem twice.pem twice-cert.pem twice.pem >twice-both.pem
openssl pkcs12 -export -inkey twice.pem -in twice-cert.pem -certfile twice-cert.pem -passout pass: -out twice.p12
cat twice-cert.pem differs-cert.pem >differing.pem
chmod a+r ./*
check_status 12 "two certificates of a file with the same issuer and serial number" import differing.pem
check_output 'differing.pem has two certificates that differ .*leave one of them out' "it says so" import differing.pem
check_equal "$(import twice-both.pem)" "added: private key Twice"$'\n'"added: certificate of an identity Twice" "what a file has twice is added once"
check_equal "$(call '{"op":"delete","query":{"class":"idnt","labl":"Twice"}}' | jq .status)" 0 "and is there once"
check_equal "$(import twice.p12)" "added: private key Twice"$'\n'"added: certificate of an identity Twice" "the same of PKCS#12"
check_equal "$(status '{"op":"delete","query":{"class":"idnt","labl":"Twice"}}')" 0 "which goes again"
mkfifo -m 666 pipe
cat ed.pem >pipe &
check_status 1 "no regular file but a pipe is refused without '-'" import pipe
check "a pipe is read as '-'" bash -c 'cat ed.pem public.pem | runuser -u anna -- keychainctl import --accessible dk --label pair -'
check_equal "$(call '{"op":"copy","query":{"class":"keys","type":105,"m_Limit":"m_LimitAll","r_Attributes":true}}' |
	jq -c '[.result[] | [.kcls, .pdmn, .labl]] | sort')" '[[0,"dk","pair"],[1,"dk","pair"]]' "private and public key, class and label as asked for"

passphrase=wrong
check_status 4 "a wrong passphrase" import encrypted.pem
check_output 'passphrase is not that' "it says so" import both.p12
check_status 6 "a file cut off" import cut.p12
check_output 'There is no|No such file' "a file that is not there" import nothing.pem
check_status 9 "it is not found, as with keybagctl" import nothing.pem
# typing COMMAND… -- PATTERN REPLY…: as anna, on a terminal
typing() {
	anna python3 "$here/lib/terminal.py" "$@" >asked 2>&1
}
check_status 12 "on a terminal a wrong passphrase is asked for again" typing keychainctl import --dry-run encrypted.pem -- \
	'Passphrase of the file: ' wrong 'Passphrase of the file: ' secret
check_status 4 "three times" typing keychainctl import --dry-run encrypted.pem -- 'Passphrase of the file: ' wrong \
	'Passphrase of the file: ' wrong 'Passphrase of the file: ' wrong
check_status 12 "what is piped is the passphrase, on a terminal as well" typing sh -c \
	'echo secret | keychainctl import --dry-run encrypted.pem' --
mkfifo -m 666 lines
exec 9<>lines
echo secret >&9
check_status 12 "what follows the passphrase is not waited for" timeout 120 runuser -u anna -- keychainctl import --dry-run \
	encrypted.pem <lines
printf 'secret\r\nmore\n' >&9
check_status 12 "nor read, and a line may end in CR LF" timeout 120 runuser -u anna -- keychainctl import --dry-run encrypted.pem <lines
read -r left <&9
check_equal "$left" more "it is there for the next reader"
exec 9>&-
check_status 1 "an empty file" import /dev/null
check_status 2 "no file at all" import
# times NUMBER FILE: so many certificates that differ from it in the serial number alone
times() {
	python3 - "$@" <<-'EOF'
		import base64, ssl, sys
		der = ssl.PEM_cert_to_DER_cert(open(sys.argv[2]).read())
		at = der.index(b"\x02\x08\x12\x34\x56\x78\x9a\xbc\xde\xf0") + 2
		for number in range(int(sys.argv[1])):
		    print(ssl.DER_cert_to_PEM_cert(der[:at] + (1 << 60 | number).to_bytes(8, "big") + der[at + 8:]))
	EOF
}
serial=0x123456789abcdef0
openssl req -x509 -new -key key.pem -subj "/C=DE/O=Example/CN=Anna" -days 30 -set_serial $serial -out one.pem 2>/dev/null
times 1100 one.pem >many.pem
check_status 1 "more certificates than one transaction takes" import many.pem
check_output 'many.pem has 1100 certificates and keys; at most 1024 .*nothing was: split it' "it says so" import many.pem
openssl req -x509 -new -key key.pem -subj "/CN=Large" -set_serial $serial -addext "nsComment=$(head -c 100000 /dev/zero | tr '\0' x)" -out large.pem 2>/dev/null
times 25 large.pem >large-many.pem
chmod a+r ./*
check_status 1 "larger ones than one transaction takes" import large-many.pem
check_output 'large-many.pem has certificates and keys of 25[0-9]* bytes together; at most 2096896 .*split it' "it says so" import large-many.pem
check_equal "$(status '{"op":"copy","query":{"class":"cert","labl":"Large"}}')" -25300 "and none of them is there"
anna keybagctl lock
passphrase=secret
check_status 3 "a dry run of what cannot be looked up" import --dry-run other.pem
check_equal "$(status '{"op":"delete","query":{"class":"keys","pdmn":"ak"}}')" 0 "the identity's key goes, while locked"
check_status 3 "nothing is added while locked" import both.p12
anna keybagctl unlock <<<"one two three" >/dev/null

# The machine's CA certificates: here two of our own.
bundle=/etc/ssl/certs/ca-certificates.crt
[ ! -e $bundle ] || mv $bundle "$work/bundle"
mkdir -p /etc/ssl/certs
openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj "/CN=Root One" -out one.pem 2>/dev/null
openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj "/CN=Root Two" -out two.pem 2>/dev/null
roots='"keychain":"system-roots","query":{"class":"cert"'
all="{\"op\":\"copy\",$roots,\"m_Limit\":\"m_LimitAll\",\"r_Attributes\":true}}"
cat one.pem one.pem >$bundle
check_equal "$(labels "$all")" "Root One" "the CA certificates are a keychain, each once"
cat one.pem two.pem >$bundle
check_equal "$(labels "$all")" "Root One Root Two" "a new one is found at once"
(cat one.pem; echo "-----BEGIN CERTIFICATE-----"; echo AAAA; echo "-----END CERTIFICATE-----"; cat two.pem) >$bundle
check_equal "$(labels "$all")" "Root One Root Two" "a block that is no certificate is left out"
check_equal "$(labels "{\"op\":\"copy\",$roots,\"m_SubjectEndsWith\":\"Two\",\"r_Attributes\":true}}")" "Root Two" "they are searched as others"
check_equal "$(call "{\"op\":\"copy\",$roots,\"labl\":\"Root Two\",\"r_Data\":true}}" | jq -r .result.data)" \
	"$(openssl x509 -in two.pem -outform DER | base64 -w0)" "and read"
check_equal "$(status "{\"op\":\"add\",$roots,\"v_Data\":{\"data\":\"\"}}}")" -25292 "nothing is added"
check_equal "$(status "{\"op\":\"update\",$roots},\"update\":{\"labl\":\"x\"}}")" -25292 "changed"
check_equal "$(status "{\"op\":\"delete\",$roots}}")" -25292 "or deleted"
check_equal "$(status '{"op":"keychain-delete","name":"system-roots"}')" -25292 "nor the keychain"
check_equal "$(status '{"op":"keychain-create","name":"system-roots"}')" -25299 "of which there is one"
check_equal "$(status '{"op":"copy","query":{"class":"cert","labl":"Root Two"}}')" -25300 "one's own keychain has none of them"
check_equal "$(status '{"op":"copy","keychain":"system-roots","query":{"class":"genp"}}')" -25300 "theirs has nothing else"
anna keybagctl lock
check_equal "$(labels "$all")" "Root One Root Two" "they are there while locked"
echo damaged >>$bundle; sed -i 's/MII/M!I/' $bundle
check_equal "$(status "$all")" -26275 "a file that cannot be read is told"
rm $bundle
check_equal "$(status "$all")" -25300 "without a file there are none"
[ ! -e "$work/bundle" ] || mv "$work/bundle" $bundle
finish
