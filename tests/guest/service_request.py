# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that only services send. Prints the errno of the answer, or the ticket.

    service_request.py new UID PASSCODE
    service_request.py redeem TICKET
    service_request.py unlock UID PASSCODE FLAGS
    service_request.py keychain OWN-UID UID"""

import importlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
abuse = importlib.import_module("keybagd-abuse")


def new(uid, passcode):
    answer = abuse.ask(abuse.message(op="ticket-new", uid=int(uid), proof=1), [abuse.memory_file(passcode.encode())])
    assert not abuse.error_of(answer), abuse.error_of(answer)
    key = abuse.item("ticket")
    place = answer.index(key) + len(key) + 1
    print(answer[place:place + 16].hex())


def redeem(ticket):
    print(abuse.error_of(abuse.ask(abuse.message(op="ticket-redeem", ticket=bytes.fromhex(ticket), reason=3))))


def unlock(uid, passcode, flags):
    print(abuse.error_of(abuse.ask(abuse.message(op="unlock", uid=int(uid), proof=1, flags=int(flags)),
                                   [abuse.memory_file(passcode.encode())])))


def keychain(own, uid):
    os.setuid(int(own))
    print(abuse.error_of(abuse.ask(abuse.message(op="keychain", uid=int(uid)))))


globals()[sys.argv[1]](*sys.argv[2:])
