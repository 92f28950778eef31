#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long packages=guest-pkcs11 kernel=6.1 paths=helper/keychain/pkcs11/
"""Certificates and keys of the keychain in programs that know nothing of it: pkcs11-tool, p11tool, openssl, curl and ssh, by the
PKCS#11 module; unlocked, locked and before the first unlock. What each call answers, unit/keychain_pkcs11 tests."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402

USER, UID, PASSCODE = "anna", 1391, b"passcode\n"
STRANGER = 65533
MODULE = next(iter(pathlib.Path("/usr/lib").glob("*/pkcs11/keychain-pkcs11.so")), None)
if not MODULE or not shutil.which("pkcs11-tool"):
    print("1..0 # SKIP the module or pkcs11-tool is not installed")
    sys.exit(4)
WORK = pathlib.Path(tempfile.mkdtemp(prefix="pkcs11-"))
URI = "pkcs11:token=Keychain;object="


def keybagctl(command, *arguments):
    subprocess.run(["keybagctl", command, "--user", USER, *arguments], input=PASSCODE, check=True, capture_output=True)


def run(*command, status=0, data=b"", uid=UID, **environment):
    """The output and the errors of a program that the user runs."""
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False, user=uid, group=uid,
                          extra_groups=[], cwd=WORK, env={"PATH": os.environ["PATH"], "HOME": f"/home/{USER}", **environment})
    text = done.stdout.decode(errors="replace")
    if status is not None:
        tap.equal(done.returncode, status, f"status of {command}, which said {text}")
    return text


def openssl(*words, **options):
    return run("openssl", *words, **options)


def pkcs11(*words, **options):
    return run("pkcs11-tool", "--module", str(MODULE), *words, **options)


def p11tool(*words, **options):
    return run("p11tool", "--provider", str(MODULE), *words, **options)


def imports(name, *arguments, key=("-newkey", "rsa:2048"), issuer=("-CA", "ca.pem", "-CAkey", "ca.key")):
    """A key with a certificate."""
    openssl("req", "-x509", *key, *issuer, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "30")
    whole = (WORK / f"{name}.key").read_bytes() + (WORK / f"{name}.pem").read_bytes()
    keychaind.as_command(USER, "import", "--label", name, *arguments, "-", data=whole)
    (WORK / f"{name}.key").unlink()


def id_of(name):
    """The ID of the objects with that label: pkcs11-tool takes it, and not the label, for operations."""
    return re.search(rf"label: +{name}\n(?:.*\n)*?  ID: +(\w+)", pkcs11("-O"))[1]


def sign(name, mechanism, *options, status=0, data="digest"):
    return pkcs11("--sign", "--mechanism", mechanism, "--id", ids[name], "-i", data, "-o", "made", *options, status=status)


def wait_for(port):
    for _ in range(600):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens at {port}")


def test_listed():
    """pkcs11-tool and p11tool list what there is, by the module and by p11-kit"""
    text = pkcs11("-O")
    for label in ("rsa", "ec", "open"):
        tap.equal(len(re.findall(rf"label: +{label}\b", text)), 3, f"objects called {label}, certificate and both keys, of {text}")
    tap.contains(pkcs11("-L"), "PIN pad present, rng, token initialized, PIN initialized")
    tap.contains(p11tool("--list-all", "pkcs11:token=Keychain"), "Label: rsa")
    tap.contains(p11tool("--list-all-privkeys", "pkcs11:token=Keychain"), "Type: Private key (RSA-2048)")
    tap.contains(run("p11-kit", "list-modules"), "keychain-pkcs11.so")
    tap.contains(run("p11tool", "--list-tokens"), "token=Keychain")


def test_of_pkcs11_tool():
    """pkcs11-tool --test, with a login that asks for nothing"""
    text = pkcs11("-l", "--test", "--allow-sw")
    for part in ("all 4 signature functions seem to work", "No errors"):
        tap.contains(text, part)
    for mechanism in ("RSA-PKCS", "SHA1-RSA-PKCS", "SHA256-RSA-PKCS"):
        tap.contains(text, f"{mechanism}: OK")
    tap.equal(re.findall("ERR.*", text), [], f"what it found wrong in {text}")


def test_of_p11tool():
    """p11tool --test-sign; of Ed25519 it tries SHA-256 alone, which there is not"""
    for name in ("rsa", "ec"):
        text = p11tool("--test-sign", f"{URI}{name};type=private")
        tap.equal((text.count("... ok"), "fail" in text.lower()), (3, False), f"{name}: {text}")


def test_mechanisms():
    """each mechanism by pkcs11-tool, verified by openssl; decryption of what openssl has encrypted"""
    (WORK / "data").write_bytes(b"x" * 3000)
    for name in ("rsa", "ec"):
        openssl("x509", "-in", f"{name}.pem", "-pubkey", "-noout", "-out", f"{name}.pub")
    for digest in ("SHA1", "SHA256", "SHA512"):
        for mechanism, name, options in ((f"{digest}-RSA-PKCS", "rsa", ()), (f"ECDSA-{digest}", "ec", ()),
                                         (f"{digest}-RSA-PKCS-PSS", "rsa", ("-sigopt", "rsa_padding_mode:pss"))):
            form = ("--signature-format", "openssl") if name == "ec" else ()
            sign(name, mechanism, *form, data="data")
            tap.contains(openssl("dgst", f"-{digest.lower()}", *options, "-verify", f"{name}.pub", "-signature", "made", "data"), "Verified OK")
    (WORK / "short").write_bytes(b"a secret")
    for mechanism, options, more in (("RSA-PKCS", (), ()), ("RSA-PKCS-OAEP", ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"),
                                                            ("--hash-algorithm", "SHA256"))):
        openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "rsa.pub", "-in", "short", "-out", "cipher", *options)
        pkcs11("--decrypt", "--mechanism", mechanism, *more, "--id", ids["rsa"], "-i", "cipher", "-o", "plain")
        tap.equal((WORK / "plain").read_bytes(), b"a secret", mechanism)


def test_edwards():
    """Ed25519 by pkcs11-tool. openssl's engine finds no key at all beside one, so it goes then"""
    imports("ed", key=("-newkey", "ed25519"))
    ids["ed"] = id_of("ed")
    sign("ed", "EDDSA")
    openssl("x509", "-in", "ed.pem", "-pubkey", "-noout", "-out", "ed.pub")
    openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "ed.pub", "-in", "digest", "-sigfile", "made")
    keychaind.as_command(USER, "delete", "--class", "key", "--label", "ed", "--all", "--yes")
    keychaind.as_command(USER, "delete", "--class", "certificate", "--label", "ed", "--all", "--yes")


def sign_by_openssl(name, status=0):
    return openssl("dgst", "-engine", "pkcs11", "-keyform", "engine", "-sign", f"{URI}{name};type=private", "-sha256", "-out", "made", "data", status=status)


def test_openssl():
    """openssl by its engine and p11-kit, which finds the module itself"""
    for name in ("rsa", "ec"):
        sign_by_openssl(name)
        tap.contains(openssl("dgst", "-sha256", "-verify", f"{name}.pub", "-signature", "made", "data"), "Verified OK")


def curl(name, status=0):
    return run("curl", "-sS", "--cacert", "server.pem", "--resolve", "server:4433:127.0.0.1", "--engine", "pkcs11", "--cert-type", "ENG", "--key-type", "ENG",
               "--cert", f"{URI}{name};type=cert", "--key", f"{URI}{name};type=private", "https://server:4433/", status=status)


def test_curl():
    """curl shows a certificate of the keychain to a TLS server, which asks for one; RSA signs by PSS"""
    for name in ("rsa", "ec"):
        tap.contains(curl(name), f"Subject: CN={name}")
    keybagctl("lock")
    tap.contains(curl("open"), "Subject: CN=open")
    tap.ok("Subject: CN" not in curl("rsa", status=None), "locked: no connection")
    keybagctl("unlock")
    tap.contains(curl("rsa"), "Subject: CN=rsa")


def ssh(status=0):
    return run("ssh", "-I", str(MODULE), "-p", "2222", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
               f"{USER}@127.0.0.1", "echo it works", status=status)


def test_ssh():
    """ssh -I: keys of the keychain open a session while they are open"""
    listed = run("ssh-keygen", "-D", str(MODULE))
    tap.contains(listed, "ssh-rsa ")
    folder = pathlib.Path(f"/home/{USER}/.ssh")
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "authorized_keys").write_text("\n".join(line for line in listed.splitlines() if line.endswith(" rsa")) + "\n")
    for path in (folder, folder / "authorized_keys"):
        os.chown(path, UID, UID)
    tap.contains(ssh(), "it works")
    keybagctl("lock")
    tap.ok("it works" not in ssh(status=255), "locked")
    keybagctl("unlock")
    tap.contains(ssh(), "it works")


def test_locked():
    """locked: certificates are there and their keys listed, to sign is CKR_USER_NOT_LOGGED_IN; a key of class ck signs"""
    keybagctl("lock")
    text = pkcs11("-O")
    tap.equal((text.count("Certificate Object"), text.count("Private Key Object")), (3, 3), f"objects in {text}")
    for name, mechanism in (("rsa", "SHA256-RSA-PKCS"), ("ec", "ECDSA")):
        tap.contains(sign(name, mechanism, status=1), "CKR_USER_NOT_LOGGED_IN")
    tap.contains(pkcs11("-l", "-O", status=1), "CKR_FUNCTION_FAILED")
    sign("open", "ECDSA")
    sign_by_openssl("rsa", status=1)
    keybagctl("lock", "--full")
    text = pkcs11("-O")
    tap.equal((text.count("Certificate Object"), text.count("Private Key Object")), (3, 3), f"before the first unlock: {text}")
    tap.contains(sign("open", "ECDSA", status=1), "CKR_USER_NOT_LOGGED_IN")
    keybagctl("unlock")
    sign("ec", "ECDSA")


# A program that has the module; functions by their place in the list, of which the version is the first.
PROGRAM = f"""
import ctypes, os, signal, sys, threading
module, functions = ctypes.CDLL('{MODULE}'), ctypes.POINTER(ctypes.c_ulong)()
module.C_GetFunctionList(ctypes.byref(functions))
call = lambda number, *arguments: ctypes.CFUNCTYPE(ctypes.c_ulong)(functions[number])(*arguments)
ulong, byref = ctypes.c_ulong, ctypes.byref
initialize, finalize = lambda: call(1, None), lambda: call(2, None)

def private_key():
    session, kind, found, count = ulong(), ulong(3), ulong(), ulong()
    template = (ulong * 3)(0, ctypes.addressof(kind), 8)
    assert not call(13, ulong(0), ulong(4), None, None, byref(session))
    assert not call(27, session, template, ulong(1)) and not call(28, session, byref(found), ulong(1), byref(count)) and not call(29, session)
    return session, found

def sign(session, key):
    mechanism, made, length = (ulong * 3)(0x1041, 0, 0), ctypes.create_string_buffer(256), ulong(256)
    return call(43, session, mechanism, key) or call(44, session, b'd' * 32, ulong(32), made, byref(length))
"""


def program(text):
    return subprocess.Popen(["python3", "-c", PROGRAM + text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, user=UID, group=UID, extra_groups=[])


def test_killed():
    """keychaind is killed and started again while a program has a session: its next signature is made"""
    keychaind.as_command(USER, "delete", "--class", "key", "--label", "rsa", "--all", "--yes")
    user = program("""
initialize()
session, key = private_key()
for line in sys.stdin:
    print(sign(session, key), flush=True)
""")
    for before in (None, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        if before:
            keychaind.stop_service(before)
            keychaind.start_service()
        user.stdin.write("\n")
        user.stdin.flush()
        tap.equal(user.stdout.readline(), "0\n", f"the signature after {before}")
    user.stdin.close()
    tap.equal(user.wait(), 0, "the program")


def test_children():
    """threads of a program sign, and its children meanwhile; none waits for a thread that it has not"""
    user = program("""
def often():
    session, key = private_key()
    while not ended.is_set():
        results.append(sign(session, key))

def in_child():
    signal.alarm(120)
    return not initialize() and not sign(*private_key()) and not finalize()

ended, results = threading.Event(), []
initialize()
threads = [threading.Thread(target=often) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(30):
    child = os.fork()
    if not child:
        os._exit(0 if in_child() else 1)
    print(os.waitpid(child, 0)[1], end=' ')
ended.set()
for thread in threads:
    thread.join()
print(len(results) > 30, any(results))
""")
    text = user.communicate()[0]
    tap.equal((user.returncode, text), (0, "0 " * 30 + "True False\n"), "the threads and the children")


def test_without():
    """a user without a keybag has no token, and waits for nothing"""
    start = time.monotonic()
    text = pkcs11("-L", uid=STRANGER)
    tap.contains(text, "(empty)")
    tap.ok("Keychain" in run("p11tool", "--list-tokens") and "Keychain" not in run("p11tool", "--list-tokens", uid=STRANGER), "p11-kit's tokens")
    tap.ok(time.monotonic() - start < 20, "it did not take long")


def test_quiet():
    """the module exports one function, prints nothing, and does not keep the program"""
    names = subprocess.run(["python3", "-c", f"import ctypes; m = ctypes.CDLL('{MODULE}'); m.C_GetFunctionList; print(hasattr(m, 'C_Sign'), hasattr(m, 'secret_new'))"],
                           capture_output=True, check=True, text=True)
    tap.equal((names.stdout, names.stderr), ("False False\n", ""), "what it exports")


def prepare():
    subprocess.run(["useradd", "-m", "-u", str(UID), "-s", "/bin/sh", "-p", "*", USER], check=True)
    os.chown(WORK, UID, UID)
    (WORK / "digest").write_bytes(b"d" * 32)
    keybagctl("create", *keychaind.CHEAP)
    keybagctl("unlock")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority",
            "-days", "30")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.pem",
            "-subj", "/CN=server", "-addext", "subjectAltName=DNS:server", "-days", "30")
    imports("rsa")
    imports("ec", key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
    imports("open", "--accessible", "ck", key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"))


def serve():
    """A TLS server that wants a certificate of the authority's, and a host for ssh."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(WORK / "host")], check=True)
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    servers = [
        subprocess.Popen(["openssl", "s_server", "-accept", "4433", "-cert", "server.pem", "-key", "server.key", "-CAfile", "ca.pem", "-Verify", "1",
                          "-verify_return_error", "-www"], cwd=WORK, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
        subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", str(WORK / "host"), "-p", "2222", "-o", "PasswordAuthentication=no",
                          "-o", "UsePAM=no", "-o", "PidFile=none"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    for port in (4433, 2222):
        wait_for(port)
    return servers


def clean():
    for server in running:
        server.kill()
        server.wait()
    shutil.rmtree(WORK)
    keychaind.remove_user(USER, UID)


running = []
ids = {}
prepare()
ids.update((name, id_of(name)) for name in ("rsa", "ec", "open"))
running = serve()
tap.main(teardown=clean)
