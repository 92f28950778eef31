#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 paths=helper/keychain/command/export,helper/keychain/certificate/,helper/cli/output_file
#
# keychainctl export in every format: other programs read what it writes, and so does import; what is refused leaves no file.
# At landing: unit/certificate_write.

. "$(dirname "$(readlink -f "$0")")/lib/keybags.sh"
keybags_begin
command -v keychainctl >/dev/null || skip_all "the keychain is not installed"

anna() { runuser -u anna -- "$@"; }
passphrase="correct horse"
exported() { anna keychainctl export "$@" <<<"$passphrase"; }
import() { anna keychainctl import "$@" <<<"$passphrase"; }
call() { anna keychainctl call <<<"$1"; }
# All that there is of a class, without what an import makes anew.
kept() {
	call "{\"op\":\"copy\",\"query\":{\"class\":\"$1\",\"m_Limit\":\"m_LimitAll\",\"r_Attributes\":true,\"r_Data\":true}}" |
		jq -cS '[.result[]? | del(.cdat, .mdat, .v_PersistentRef, .musr)] | sort'
}
empty() { anna keychainctl delete --class "$1" --all --yes >/dev/null; }
# On a terminal: ARGUMENT... -- [PROMPT REPLY]...
typed() { runuser -u anna -- python3 "$here/lib/terminal.py" keychainctl export "$@"; }
here=$(dirname "$(readlink -f "$0")")

anna keybagctl create --kdf-memory 64 --kdf-passes 1 >/dev/null 2>&1 <<<"one two three"
anna keybagctl unlock <<<"one two three" >/dev/null

cd "$work" || exit
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -x509 -new -key key.pem -subj "/O=Example/CN=Anna" -days 30 -out cert.pem 2>/dev/null
openssl pkcs12 -export -inkey key.pem -in cert.pem -name "Anna's identity" -passout pass: -out both.p12
openssl genpkey -algorithm ed25519 -out ed.pem
openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl pkey -in ed.pem -pubout -out public.pem
chmod a+r ./*
import both.p12 >/dev/null
import --label "of an identity" public.pem >/dev/null
anna keychainctl update --class key --key-class 1 --set label="key of Anna" >/dev/null

# PKCS#12
before=$(kept cert)$(kept keys)
check "an identity as PKCS#12" exported --class identity --label "Anna's identity" --format pkcs12 --out anna.p12
check_equal "$(stat -c '%a %U' anna.p12)" "600 anna" "its owner alone can read it"
# Each look at a file costs a second or more of deriving keys: one has to do.
openssl pkcs12 -in anna.p12 -passin "pass:$passphrase" -info -nodes >anna.txt 2>&1
check_output 'PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256' "OpenSSL reads it" cat anna.txt
check_equal "$(openssl pkey -in anna.txt)" "$(openssl pkey -in key.pem)" "and the key"
check_equal "$(openssl x509 -in anna.txt)" "$(openssl x509 -in cert.pem)" "and the certificate"
anna keychainctl delete --class identity --all --yes >/dev/null
check "it is imported again" import anna.p12
check_equal "$(kept cert)$(kept keys)" "$before" "all of it is as it was"
check_equal "$(call '{"op":"copy","query":{"class":"idnt","m_SubjectContains":"Anna"}}' | jq .status)" 0 "an identity, too"
check "without a passphrase" exported --class identity --all --format pkcs12 --unencrypted --out clear.p12
check_equal "$(openssl pkcs12 -in clear.p12 -passin pass: -nocerts -nodes 2>/dev/null | openssl pkey)" "$(openssl pkey -in key.pem)" \
	"OpenSSL reads that, too"
check_status 12 "import asks for none" anna keychainctl import clear.p12 </dev/null

# PEM and DER
check "the identity as PEM" exported --class identity --all --out both.pem
check_equal "$(grep -c 'BEGIN ENCRYPTED PRIVATE KEY\|BEGIN CERTIFICATE' both.pem)" 2 "key and certificate"
check_equal "$(openssl pkey -in both.pem -passin "pass:$passphrase")" "$(openssl pkey -in key.pem)" "OpenSSL reads the key"
check_equal "$(exported --class certificate --all)" "$(openssl x509 -in cert.pem)" "a certificate to standard output, which needs no passphrase"
check_equal "$(anna keychainctl export --class certificate --all </dev/null)" "$(openssl x509 -in cert.pem)" "nor standard input"
check "a certificate as DER" exported --class certificate --all --format der --out cert.der
check_equal "$(openssl x509 -in cert.der -inform DER)" "$(openssl x509 -in cert.pem)" "it is that"
empty key
import ed.pem >/dev/null
anna keychainctl update --class key --all --set label="a key" >/dev/null
before=$(kept keys)
public=$(exported --class key --all --format openssh --public)
for format in pem der openssh; do
	check "an Ed25519 key as $format" exported --class key --label "a key" --format $format --out made.$format
	case $format in
	openssh) check_equal "$(ssh-keygen -y -P "$passphrase" -f made.openssh)" "$public" "ssh-keygen reads it, and has the same public key" ;;
	*) check_equal "$(openssl pkey -inform $format -in made.$format -passin "pass:$passphrase")" "$(openssl pkey -in ed.pem)" \
		"OpenSSL reads it" ;;
	esac
done
for format in pem der openssh pkcs12; do
	check "as $format in the clear" exported --class key --all --format $format --unencrypted --out clear.$format
	empty key
	check "$format is imported again without a passphrase" anna keychainctl import clear.$format </dev/null
	case $format in pem | der) anna keychainctl update --class key --all --set label="a key" >/dev/null 2>&1 ;; esac
	check_equal "$(kept keys)" "$before" "and as it was"
done
empty key
check "so is what is encrypted" import made.openssh
check_equal "$(kept keys)" "$before" "and as it was"
passphrase=wrong
check_output 'passphrase is not that' "a wrong passphrase is told" import made.pem
passphrase="correct horse"
check_equal "$(ssh-keygen -y -P "" -f clear.openssh)" "$(exported --class key --all --format openssh --public)" "ssh-keygen reads one in the clear"
check_equal "$(exported --class key --all --public)" "$(openssl pkey -in ed.pem -pubout)" "the public half as PEM"
empty key
import rsa.pem >/dev/null; import key.pem >/dev/null
for kind in 42 73; do
	check "a key of type $kind for OpenSSH" exported --class key --type $kind --format openssh --unencrypted --out ssh.$kind
	check_equal "$(ssh-keygen -y -P "" -f ssh.$kind)" "$(exported --class key --type $kind --format openssh --public)" "ssh-keygen reads it"
done
check "several keys as PEM" exported --class key --all --unencrypted --out several.pem
check_equal "$(grep -c 'BEGIN PRIVATE KEY' several.pem)" 2 "two of them"
check_status 12 "import reads both" anna keychainctl import several.pem </dev/null
check_status 2 "OpenSSH has no file of two" exported --class key --all --format openssh --unencrypted --out two
check_status 2 "without --all the query has to name one" exported --class key --key-class 1 --out two
check_status 2 "DER has no file of two" exported --class key --all --format der --unencrypted --out two

# Secrets
printf 'a\nsecret' | anna keychainctl add --account a --service s
printf other | anna keychainctl add --account b --service s
check_output 'raw has no encryption' "a secret is not written in the clear without saying so" exported --account a --out secret
check "it is, when it is said" exported --account a --unencrypted --out secret
check_equal "$(cat secret)" $'a\nsecret' "byte by byte"
check_status 2 "not two of them" exported --service s --all --unencrypted --out two
check "two as JSON" exported --service s --all --unencrypted --format json --out two.json
check_equal "$(jq -r '[.format, (.items[] | .account, (.secret.data | @base64d))] | join(" ")' two.json)" $'1 a a\nsecret b other' "attributes and secrets"
check_status 2 "a password is no key" exported --account a --format pem --out two
check_status 9 "nothing that matches" exported --account c --unencrypted --out two

# Refused
check_status 12 "a file that is there is not replaced" exported --account a --unencrypted --out secret
check "with --force it is" exported --account b --unencrypted --out secret --force
check_equal "$(cat secret)" other "by the new one"
check_status 2 "an empty passphrase" anna keychainctl export --class key --type 42 --out two <<<""
check_status 2 "no passphrase" anna keychainctl export --class key --type 42 --out two </dev/null
check_status 2 "one that is too long" anna keychainctl export --class key --type 42 --out two <<<"$(head -c 1100 /dev/zero | tr '\0' x)"
check_status 2 "no such format" exported --class key --all --format jks --out two
check_output 'seen on the terminal' "a secret in the clear is not for a terminal" typed --account b --unencrypted --
check_output 'other' "but with --force" typed --account b --unencrypted --force --
check_output 'no text' "nor is DER" typed --class key --type 42 --format der -- 'new file: ' x 'once more: ' x
check_output 'BEGIN ENCRYPTED' "encrypted PEM is" typed --class key --type 42 -- 'new file: ' x 'once more: ' x
check_output 'not the same' "the passphrase is asked for twice" typed --class key --type 42 --out typed -- 'new file: ' x 'once more: ' y \
	'new file: ' x 'once more: ' x
check_equal "$(openssl pkey -in typed -passin pass:x)" "$(openssl pkey -in rsa.pem)" "and is that"
check_equal "$(ls two 2>&1)" "ls: cannot access 'two': No such file or directory" "what is refused leaves no file"
mkdir small && mount -t tmpfs -o size=4k,mode=777 tmpfs small
check_output 'No space left' "a full disk" bash -c "head -c 5000 /dev/zero | runuser -u anna -- keychainctl add --account large;
	runuser -u anna -- keychainctl export --account large --unencrypted --out small/file"
check_equal "$(ls small)" "" "leaves nothing"
check_output 'No space left' "a full device" bash -c "runuser -u anna -- keychainctl export --account large --unencrypted >/dev/full"
umount small

# Marks, and locks
anna keychainctl update --class key --type 42 --set extractable=no
check_output 'errSecNoAccessForItem .*not extractable' "a key that is marked as not extractable" exported --class key --type 42 --out two
check "its public half is no secret" exported --class key --type 42 --public --out half
anna keychainctl update --class key --type 42 --set extractable=yes --set sensitive=yes
check_output 'marked as sensitive' "a sensitive one in the clear" exported --class key --type 42 --unencrypted --out two
check "but encrypted" exported --class key --type 42 --format openssh --out sensitive
anna keybagctl lock
check_status 3 "while locked" exported --class key --type 42 --out two
check_status 3 "nor all of them" exported --class key --all --out two
check_status 0 "certificates are there" exported --class certificate --all --out two
printf x | anna keychainctl add --account open --service s --accessible dk
check_status 13 "what is not locked, if that is wanted" exported --service s --all --partial --unencrypted --format json --out partial
check_equal "$(jq -c '[.items[].account, .withheld.count]' partial)" '["open",2]' "and what was left out"
anna keybagctl unlock <<<"one two three" >/dev/null
check_status 9 "others' items, of one without a keybag" runuser -u ben -- keychainctl export --service s --all --unencrypted --format json
finish
