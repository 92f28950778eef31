# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that only services send. Prints the errno of the answer, or the ticket.

    service_request.py new UID PASSCODE
    service_request.py redeem TICKET
    service_request.py unlock UID PASSCODE FLAGS [TIMES]
    service_request.py verified UID PASSWORD    of a login password: "known" not to be the passcode, or the errno of a try
    service_request.py before UID PASSCODE      what pam_keybag asked before it asked once: the errnos, and what of that
                                                which it needs is in the answers
    service_request.py keychain OWN-UID UID
    service_request.py crowd UID PASSCODE CROWD-UID...
                                                a login, while each of the crowd has two tries of his own passcode, his
                                                uid, under way: its errno, and how many of theirs were done before it
    service_request.py each OPERATION UID...
    service_request.py load UID...              all at once; the first UID's is waited for first: the errnos
    service_request.py busy UID...              each has two requests to load its keybag under way, all the time
    service_request.py overtaken UID PASSCODE lock|evict    the errno of a ticket that was asked for just before
    service_request.py evict UID PASSCODE       of "evict", and of requests for that keybag that were under way
    service_request.py code UID PASSCODE        what is left of a recovery code, which nobody has read, after the connection
    service_request.py create UID PASSCODE      of a lock that comes while a user's keybag is being made, and of that"""

import array
import importlib
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
abuse = importlib.import_module("keybagd-abuse")

LOCK_ALL = 2


def new(uid, passcode):
    answer = abuse.ask(abuse.message(op="ticket-new", uid=int(uid), proof=1), [abuse.memory_file(passcode.encode())])
    assert not abuse.error_of(answer), abuse.error_of(answer)
    key = abuse.item("ticket")
    place = answer.index(key) + len(key) + 1
    print(answer[place:place + 16].hex())


def redeem(ticket):
    print(abuse.error_of(abuse.ask(abuse.message(op="ticket-redeem", ticket=bytes.fromhex(ticket), reason=3))))


def unlock(uid, passcode, flags, times=1):
    answers = {abuse.error_of(abuse.ask(abuse.message(op="unlock", uid=int(uid), proof=1, flags=int(flags)),
                                        [abuse.memory_file(passcode.encode())])) for _ in range(int(times))}
    print(*sorted(answers))


def verified(uid, password):
    answer = abuse.ask(abuse.message(op="unlock", uid=int(uid), proof=1, flags=1 << 17), [abuse.memory_file(password.encode())])
    print("known" if b"nothing was tried" in answer else abuse.error_of(answer))


def before(uid, passcode):
    told = []

    def ask(needs, op, **fields):
        files = [abuse.memory_file(passcode.encode())] if "proof" in fields else []
        answer = abuse.ask(abuse.message(op=op, **fields), files)
        told.append(" ".join([op, str(abuse.error_of(answer)), *(name for name in needs if abuse.item(name) in answer)]))
        return answer

    whose, verified, keep = {"uid": int(uid)}, 1 << 17, 1 << 19
    ask(("loaded", "state", "uuid"), "load", flags=0, **whose)
    answer = ask(("ticket",), "ticket-new", proof=1, **whose)
    place = answer.index(abuse.item("ticket")) + len(abuse.item("ticket")) + 1
    for flags in (verified | keep, verified):
        ask(("state",), "ticket-redeem", ticket=answer[place:place + 16], flags=flags, reason=3)
    ask(("state",), "unlock", proof=1, flags=verified, reason=4, **whose)
    print(", ".join(told))


def keychain(own, uid):
    os.setuid(int(own))
    print(abuse.error_of(abuse.ask(abuse.message(op="keychain", uid=int(uid)))))


def sent_by(own, fields, passcode=None):
    """A connection of that user's with a request."""
    os.seteuid(own)
    peer = abuse.connect()
    os.seteuid(0)
    files = [abuse.memory_file(passcode.encode())] if passcode else []
    peer.sendmsg([abuse.message(**fields)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
    return peer


def crowd(uid, passcode, *others):
    tries = [sent_by(int(other), {"op": "unlock", "proof": 1}, other) for _ in range(2) for other in others]
    abuse.ask(abuse.message(op="status", uid=int(uid)))
    error = abuse.error_of(abuse.ask(abuse.message(op="ticket-new", uid=int(uid), proof=1),
                                     [abuse.memory_file(passcode.encode())]))
    done = len(select.select(tries, [], [], 0)[0])
    print(error, done, *{abuse.error_of(peer.recv(65536)) for peer in tries})


def each(op, *uids):
    print(*{abuse.error_of(abuse.ask(abuse.message(op=op, uid=int(uid)))) for uid in uids})


def load(first, *others):
    peers = [sent_by(0, {"op": "load", "uid": int(uid)}) for uid in others]
    mine = sent_by(0, {"op": "load", "uid": int(first)})
    mine.settimeout(60)
    print(abuse.error_of(mine.recv(65536)), *{abuse.error_of(peer.recv(65536)) for peer in peers})


def busy(*uids):
    peers = {sent_by(0, {"op": "load", "uid": int(uid)}): int(uid) for uid in uids * 2}
    while True:
        for peer in select.select(list(peers), [], [])[0]:
            peer.recv(65536)
            peer.send(abuse.message(op="load", uid=peers[peer]))


def overtaken(uid, passcode, op):
    """The errno of a ticket that is asked for just before all keybags are locked or evicted."""
    peer = abuse.connect()
    peer.sendmsg([abuse.message(op="ticket-new", uid=int(uid), proof=1)],
                 [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [abuse.memory_file(passcode.encode())]))])
    # They are read in this order.
    abuse.ask(abuse.message(op="status", uid=int(uid)))
    assert not abuse.error_of(abuse.ask(abuse.message(op=op, **({"flags": LOCK_ALL} if op == "lock" else {}))))
    print(abuse.error_of(peer.recv(65536)))


def evict(uid, passcode):
    peers = []
    for op in ("unlock", "unlock", "load", "unlock", "load"):
        peers.append(abuse.connect())
        proof = {"proof": 1} if op == "unlock" else {}
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [abuse.memory_file(passcode.encode())]))]
        peers[-1].sendmsg([abuse.message(op=op, uid=int(uid), **proof)], control if proof else [])
    # They are read in this order.
    abuse.ask(abuse.message(op="status", uid=int(uid)))
    answers = [abuse.ask(abuse.message(op="evict"))] + [peer.recv(65536) for peer in peers]
    print(*map(abuse.error_of, answers))


def code(uid, passcode):
    peer = sent_by(0, {"op": "recovery-add", "uid": int(uid), "proof": 1}, passcode)
    answer, control, _, _ = peer.recvmsg(65536, 256)
    assert not abuse.error_of(answer), abuse.error_of(answer)
    fd = array.array("i", control[0][2][:4])[0]
    assert os.pread(fd, 100, 0).strip(b"\0"), "there was none"
    peer.close()
    end = time.monotonic() + 60
    while os.pread(fd, 100, 0).strip(b"\0") and time.monotonic() < end:
        time.sleep(0.05)
    print(len(os.pread(fd, 100, 0).strip(b"\0")))


def create(uid, passcode):
    """The KDF is under way when the lock comes."""
    peer = sent_by(int(uid), {"op": "create", "passcode": True, "kdf-memory-kib": 16384, "kdf-passes": 30}, passcode)
    # They are read in this order.
    abuse.ask(abuse.message(op="status", uid=int(uid)))
    lock = abuse.ask(abuse.message(op="lock", uid=int(uid)))
    early = select.select([peer], [], [], 0)[0]
    print(*map(abuse.error_of, (lock, peer.recv(65536))), "early" if early else "")


globals()[sys.argv[1]](*sys.argv[2:])
