#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 paths=helper/sshagent/,helper/userservice/
"""The SSH agent: ssh-add, ssh, sshd and ssh-keygen with it, in each state of the keybag."""

import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import keychaind, tap  # noqa: E402
from ssh_agents import Agent, wait_until  # noqa: E402

if not os.path.exists("/usr/sbin/sshd"):
    print("1..0 # SKIP no sshd")
    sys.exit(4)

PORT = "2222"
agent = Agent("anna", 1481)
server = pathlib.Path("/run/test-sshd")
ask = agent.runtime / "ask"


def script(path, *lines):
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


def begin_server():
    """An sshd whose host key is certified by an authority as well; it lets in whose public keys are in a file."""
    server.mkdir()
    os.makedirs("/run/sshd", exist_ok=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["usermod", "-p", "*", agent.user], check=True)
    for name in ("host", "other", "authority"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", server / name], check=True)
    (server / "config").write_text(f"""Port {PORT}
ListenAddress 127.0.0.1
HostKey {server}/host
UsePAM no
MaxAuthTries 20
AuthorizedKeysFile {server}/authorized
TrustedUserCAKeys {server}/authority.pub
StrictModes no
PidFile {server}/pid
""")
    (server / "authorized").touch()
    (server / "known").write_text("".join(f"{alias} {(server / key).with_suffix('.pub').read_text()}"
                                          for alias, key in (("gate", "host"), ("other", "other"))))
    server.chmod(0o755)
    subprocess.run(["/usr/sbin/sshd", "-f", server / "config", "-E", server / "log"], check=True)
    wait_until(lambda: (server / "pid").exists(), "sshd")


def end():
    pid = int((server / "pid").read_text())
    os.kill(pid, 15)
    agent.end()


def ssh(*command, status=0, options=(), **variables):
    """Output of the command on the host "gate"."""
    return agent.run("ssh", "-p", PORT, "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={server}/known", "-o", "HostKeyAlias=gate",
                     "-o", "IdentityFile=/none", *options, "anna@127.0.0.1", *command, status=status, **variables)


def authorize(*keys):
    (server / "authorized").write_text("".join(pathlib.Path(f"{key}.pub").read_text() for key in keys))


begin_server()
agent.start()


def test_ed25519():
    """a key is added, listed, signs; not while locked, when it is listed; then again, also after a restart of the agent and of keychaind"""
    key = agent.make_key("ed25519", "first")
    tap.equal(agent.listed(), [], "keys at first")
    agent.add(key)
    key.unlink()
    tap.equal(agent.listed(), ["first of anna"], "keys")
    tap.ok(agent.signs(key), "it signs")
    agent.lock()
    tap.equal(agent.listed(), ["first of anna"], "keys while locked")
    tap.ok(not agent.signs(key), "it does not sign while locked")
    agent.restart()
    tap.equal(agent.listed(), ["first of anna"], "keys while locked, of another process")
    agent.unlock()
    tap.ok(agent.signs(key), "it signs again")
    agent.restart("KILL")
    tap.ok(agent.signs(key), "it signs after the agent was killed")
    keychaind.stop_service(signal.SIGKILL)
    keychaind.start_service()
    tap.ok(agent.signs(key), "it signs after keychaind was killed")


def test_first_unlock():
    """before the first unlock the list fails, and is none without keys"""
    agent.lock("--full")
    tap.contains(agent.run("ssh-add", "-l", status=1), "agent refused operation")
    agent.unlock()
    tap.equal(agent.listed(), ["first of anna"], "keys after it")


def test_types():
    """RSA and ECDSA of each curve: added, kept, used for a login at sshd, RSA with both digests"""
    keys = [agent.make_key("rsa", "rsa", "-b", "2048"), *(agent.make_key("ecdsa", f"p{bits}", "-b", bits) for bits in ("256", "384", "521"))]
    for key in keys:
        agent.add(key)
        key.unlink()
        tap.ok(agent.signs(key), f"{key.name} signs")
        authorize(key)
        for algorithm in ("rsa-sha2-256", "rsa-sha2-512") if key.name == "rsa" else (None,):
            options = ["-o", f"PubkeyAcceptedAlgorithms={algorithm}"] if algorithm else []
            tap.equal(ssh("echo", "in", options=options), "in\n", f"login by {key.name}, {algorithm}")
    agent.lock()
    tap.equal(len(agent.listed()), 5, "keys")
    ssh("true", status=255)
    agent.unlock()


def test_again():
    """a key that is added again has the new comment, and is there once"""
    key = agent.make_key("ed25519", "again")
    agent.add(key)
    agent.run("ssh-keygen", "-q", "-c", "-C", "another comment", "-f", key)
    agent.add(key)
    tap.equal([name for name in agent.listed() if "comment" in name or "again" in name], ["another comment"], "comments")
    agent.run("ssh-add", "-d", key)


def test_forwarded():
    """over a forwarded connection keys are listed and used on the other host"""
    key = agent.home / "p256"
    authorize(key)
    inner = f"ssh-add -L && ssh -p {PORT} -o BatchMode=yes -o UserKnownHostsFile={server}/known -o HostKeyAlias=gate anna@127.0.0.1 echo inside"
    said = ssh(inner, options=("-A",))
    tap.contains(said, "p256 of anna")
    tap.ok(said.endswith("inside\n"), f"a login from there: {said}")


def test_certificate():
    """a certificate is added with its key, is listed beside it, and logs in where its authority is trusted"""
    key = agent.make_key("ed25519", "certified")
    subprocess.run(["ssh-keygen", "-q", "-s", server / "authority", "-I", "name", "-n", "anna", f"{key}.pub"], check=True, capture_output=True)
    os.chown(f"{key}-cert.pub", agent.uid, agent.uid)
    agent.add(key)
    key.unlink()
    (server / "authorized").write_text("")
    tap.equal(agent.listed().count("certified of anna"), 2, "keys of that comment")
    tap.contains(agent.run("keychainctl", "list", "--service", "ssh-agent", "--attributes"), "SSH certificate certified of anna", "its label")
    tap.equal(ssh("echo", "in"), "in\n", "login")
    agent.restart()
    tap.equal(ssh("echo", "in"), "in\n", "login by another process")
    agent.lock()
    ssh("true", status=255)
    agent.unlock()
    agent.run("ssh-add", "-d", key)


def test_hidden():
    """-d and -D hide kept keys, also from an agent that is started again, until the next login or until they are added"""
    key = agent.make_key("ed25519", "hidden")
    agent.add(key)
    before = agent.listed()
    agent.run("ssh-add", "-q", "-d", f"{key}.pub")
    tap.equal(agent.listed(), [name for name in before if name != "hidden of anna"], "keys")
    key.rename(f"{key}.away")
    tap.ok(not agent.signs(key), "it does not sign")
    pathlib.Path(f"{key}.away").rename(key)
    agent.run("ssh-add", "-d", f"{key}.pub", status=1)
    agent.restart("KILL")
    tap.ok("hidden of anna" not in agent.listed(), "it is hidden from another process")
    agent.add(key)
    tap.equal(sorted(agent.listed()), sorted(before), "keys after it was added")
    agent.run("ssh-add", "-q", "-D")
    tap.equal(agent.listed(), [], "keys after -D")
    agent.restart()
    tap.equal(agent.listed(), [], "keys after -D, of another process")
    # As at the next login, whose folder is a new one.
    agent.stop()
    (agent.runtime / "keybag-ssh-agent.hidden").unlink()
    agent.start()
    tap.equal(set(before) - set(agent.listed()), set(), "keys that the next login lacks")


def fingerprint(key):
    return agent.run("ssh-keygen", "-l", "-f", f"{key}.pub").split()[1]


def test_deleted():
    """keychainctl lists the public halves, reaches no private one, and deletes a key, also while it is locked"""
    tap.ok("group" in agent.run("keychainctl", "access"), "access")
    said = agent.run("keychainctl", "list", "--service", "ssh-agent", "--attributes")
    tap.contains(said, fingerprint(agent.home / "hidden"))
    for group in ("ssh-agent.1481", "ssh-agent"):
        answer = keychaind.as_user(agent.uid, {"op": "copy", "query": {"class": "genp", "agrp": group, "r_Data": True, "m_Limit": "m_LimitAll"}})
        tap.equal(answer["status"], -34018, f"status of a program that asks for the group {group}")
    answer = keychaind.as_user(agent.uid, {"op": "copy", "query": {"class": "genp", "svce": "ssh-agent", "r_Attributes": True,
                                                                   "m_Limit": "m_LimitAll"}})
    tap.equal({item["agrp"] for item in answer["result"]}, {"unconfined.1481"}, "groups of what is found")
    for state, key in (("open", agent.home / "hidden"), ("locked", agent.home / "p521")):
        if state == "locked":
            agent.lock()
        tap.ok(f"{key.name} of anna" in agent.listed(), f"{key.name} is listed")
        agent.run("keychainctl", "delete", "--service", "ssh-agent", "--account", fingerprint(key), "--limit", "1")
        tap.ok(f"{key.name} of anna" not in agent.listed(), f"{key.name} is listed no more")
        wait_until(lambda: f"the SSH key {fingerprint(key)} is deleted" in agent.said(), "the end of the private half")
    agent.unlock()


def test_deleted_without_agent():
    """a key whose public half was deleted while no agent ran is deleted by the next one"""
    key = agent.home / "p384"
    agent.stop()
    agent.run("keychainctl", "delete", "--service", "ssh-agent", "--account", fingerprint(key), "--limit", "1")
    agent.start()
    wait_until(lambda: agent.listed() is not None and f"the SSH key {fingerprint(key)} is deleted" in agent.said(), "the end of the private half")


def test_forged():
    """a public half that another program has changed stands for no other key"""
    victim, own = agent.home / "first", agent.make_key("ed25519", "own")
    agent.add(own)
    before = agent.listed()
    item = {"class": "genp", "svce": "ssh-agent", "acct": fingerprint(own)}
    public = keychaind.as_user(agent.uid, {"op": "copy", "query": {**item, "acct": fingerprint(victim), "r_Data": True}})["result"]
    answer = keychaind.as_user(agent.uid, {"op": "update", "query": item, "update": {"v_Data": public.encode("latin-1")}})
    tap.equal(answer["status"], 0, f"change by another program: {answer.get('message')}")
    tap.equal(agent.listed(), [name for name in before if name != "own of anna"], "keys")
    tap.ok(agent.signs(victim), "the other one signs")
    agent.add(own)
    tap.equal(sorted(agent.listed()), sorted(before), "keys, with the former public half")


def test_damaged():
    """a key whose public half is damaged is not listed, and its private half stays: mended, it is there and signs"""
    key = agent.make_key("ed25519", "hurt")
    agent.add(key)
    before = agent.listed()
    database = sqlite3.connect(f"/var/lib/keychain/{agent.uid}/login.db", timeout=600)

    def put(content):
        with database:
            database.execute("UPDATE genp SET attributes=? WHERE row=?", (content, row))

    row, content = database.execute("SELECT row,attributes FROM genp WHERE agrp=? ORDER BY row DESC", (f"unconfined.{agent.uid}",)).fetchone()
    put(content[:-1] + bytes([content[-1] ^ 1]))
    others = [name for name in before if name != "hurt of anna"]
    tap.equal(agent.listed(), others, "keys while the row is damaged")
    agent.stop()
    agent.start()
    agent.lock()
    tap.equal(agent.listed(), others, "keys while it is locked")
    agent.unlock()
    tap.equal(agent.listed(), others, "keys of the next agent")
    put(content)
    database.close()
    tap.equal(agent.listed(), before, "keys with the row as it was")
    tap.ok(agent.signs(key), "it signs")


def test_lifetime():
    """a key with a lifetime ends with it, is not kept, and does not sign while locked"""
    key = agent.make_key("ed25519", "short")
    agent.add(key, "-t", "1000")
    key.rename(f"{key}.away")
    tap.ok("short of anna" in agent.listed() and agent.signs(key), "it signs")
    agent.lock()
    tap.ok("short of anna" in agent.listed() and not agent.signs(key), "it does not sign while locked")
    tap.contains(agent.add(f"{key}.away", "-t", "10", status=1), "refused")
    agent.unlock()
    tap.ok(agent.signs(key), "it signs again")
    agent.restart()
    tap.ok("short of anna" not in agent.listed(), "another process does not have it")
    agent.add(f"{key}.away", "-t", "1")
    wait_until(lambda: "short of anna" not in agent.listed(), "its end")


def test_confirmed():
    """a key that is to be confirmed signs when the person says yes, and not when they say no or nobody can be asked"""
    key = agent.make_key("ed25519", "confirmed")
    agent.restart("TERM", SSH_ASKPASS=str(ask))
    agent.add(key, "-c")
    key.rename(f"{key}.away")
    asked = agent.runtime / "asked"
    for status in (0, 1):
        # The program has no other way to answer for the person.
        script(ask, "[ ! -e /proc/$$/fd/3 ] || exit 1", f'printf "%s|%s" "$SSH_ASKPASS_PROMPT" "$1" >{asked}', f"exit {status}")
        tap.equal(agent.signs(key), status == 0, f"whether it signs, where the program exits {status}")
        tap.equal(asked.read_text(), f"confirm|Allow use of key confirmed of anna?\nKey fingerprint {fingerprint(key)}.\n", "what is asked")
        asked.unlink()
    script(ask, "echo no")
    tap.ok(not agent.signs(key), "it does not sign where the program answers no")
    ask.unlink()
    tap.ok(not agent.signs(key), "it does not sign where nobody can be asked")
    agent.add(f"{key}.away")
    tap.ok(agent.signs(key), "it signs once it is added without")
    agent.restart()


def test_destinations():
    """a key for one host is used for a login there, signs nothing else, and is not used for another host"""
    key = agent.make_key("ed25519", "destined")
    agent.run("ssh-add", "-q", "-D")
    agent.add(key, "-H", f"{server}/known", "-h", "gate")
    key.rename(f"{key}.away")
    authorize(key)
    tap.equal(ssh("echo", "in"), "in\n", "login")
    tap.ok(not agent.signs(key), "it signs a file")
    said = ssh(f"ssh-add -L; ssh -p {PORT} -o BatchMode=yes -o UserKnownHostsFile={server}/known -o HostKeyAlias=gate anna@127.0.0.1 true", options=("-A",),
               status=255)
    tap.ok("destined" not in said.split("\n")[0], f"keys on that host: {said}")
    agent.add(f"{key}.away", "-H", f"{server}/known", "-h", "other")
    ssh("true", status=255)
    agent.add(f"{key}.away", "-H", f"{server}/known", "-h", "gate", "-h", "gate>gate")
    tap.equal(ssh(f"ssh -p {PORT} -o BatchMode=yes -o UserKnownHostsFile={server}/known -o HostKeyAlias=gate anna@127.0.0.1 echo inside",
                  options=("-A",)), "inside\n", "a login from there")
    agent.run("ssh-add", "-q", "-d", f"{key}.pub")


def test_passphrase():
    """ssh-add -x: nothing is listed or signed until -X says the same password"""
    key = agent.make_key("ed25519", "closed")
    agent.add(key)
    key.unlink()
    variables = {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
    script(ask, "echo right")
    agent.run("ssh-add", "-x", **variables)
    tap.ok(agent.listed() == [] and not agent.signs(key), "nothing is listed or signed")
    agent.run("ssh-add", "-x", status=1, **variables)
    script(ask, "echo wrong")
    agent.run("ssh-add", "-X", status=1, **variables)
    tap.equal(agent.listed(), [], "keys after another password")
    script(ask, "echo right")
    agent.run("ssh-add", "-X", **variables)
    tap.ok("closed of anna" in agent.listed() and agent.signs(key), "all is as before")


def test_wait():
    """with --wait a signature waits for the keybag, no longer than that, and lists are answered meanwhile"""
    key = agent.home / "closed"
    agent.restart("TERM", "--wait=300")
    agent.lock()
    command = [*agent.who(), "ssh-keygen", "-Y", "sign", "-q", "-n", "file", "-f", f"{key}.pub"]
    with subprocess.Popen(command, env=agent.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
        waiting.stdin.write(b"data")
        waiting.stdin.close()
        tap.ok("closed of anna" in agent.listed(), "it is listed")
        time.sleep(1)
        tap.equal(waiting.poll(), None, "end of what waits")
        agent.unlock()
        tap.contains(waiting.stdout.read().decode(), "BEGIN SSH SIGNATURE")
        tap.equal(waiting.wait(), 0, "its status")
    agent.restart("TERM", "--wait=1")
    agent.lock()
    tap.ok(not agent.signs(key), "it does not sign once the time is over")
    agent.unlock()
    agent.restart()


def test_libraries():
    """no library that a client names is loaded: tokens are refused"""
    script(ask, "echo 1234")
    # Under a name that nothing else has it by.
    library = shutil.copy("/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/x86_64-linux-gnu/libtoken.so")
    said = agent.run("ssh-add", "-s", library, status=1, SSH_ASKPASS=str(ask), SSH_ASKPASS_REQUIRE="force")
    tap.contains(said, "agent refused operation")
    tap.ok("libtoken.so" not in pathlib.Path(f"/proc/{agent.process.pid}/maps").read_text(), "it is not loaded")


tap.main(teardown=end)
