"""Writes every distinct boot decision that boot_state_model.py reaches, one a line.

    python3 generate_decisions.py > decisions.txt

A line is the input, "->", and the state after the boot step:

    SLOT-A SLOT-B ORDER PENDING CAUSE FACTORY -> RUN SLOT-A SLOT-B PENDING REACHED

A slot is its state (E empty, W writing, S staged, T trial, C confirmed, R rejected), in a trial
"started.excused", and for a state that can be booted "+" if the image verifies and "-" if not.
ORDER is the slot confirmed last ("a", "b"), or "." where it cannot matter. PENDING is the slot of
the trial that was not accounted for yet, or ".". CAUSE is "power" or "fault". FACTORY is "+" if
factory verifies. RUN is "a", "b", "f" for factory, or "." if nothing boots.
REACHED is "regular" if the situation comes up where applications follow the rules too, and "mutated"
if it needs an application that does not (M3 or M4 of the model). The boot step follows the rules in
every configuration taken.
"""
import contextlib
import io
import os
import sys

sys.argv = [sys.argv[0], "70000"]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import boot_state_model as model

rows = {}
explore = model.boot


def name(index):
    return {-1: ".", 0: "a", 1: "b", 2: "f"}[index]


def slot_text(world, index, configuration):
    slot = model.slots(world)[index]
    text = slot.st
    if slot.st == model.TRIAL:
        text += "%d.%d" % (slot.started, slot.excused)
    if slot.st in (model.STAGED, model.TRIAL, model.CONF):
        text += "+" if model.valid(world, index, configuration) else "-"
    return text


def pending(world, only_trials):
    if world.pend >= 0 and only_trials and model.slots(world)[world.pend].st != model.TRIAL:
        return "."
    return name(world.pend)


def recording_boot(world, cause, configuration):
    result = explore(world, cause, configuration)
    last = result[-1]
    both_confirmed = world.a.st == model.CONF and world.b.st == model.CONF
    after = last[-1]
    row = " ".join([
        slot_text(world, 0, configuration), slot_text(world, 1, configuration),
        name(world.order) if both_confirmed else ".", pending(world, False), cause,
        "+" if model.valid(world, 2, configuration) else "-", "->",
        name(last[1]) if last[0] == "run" else ".",
        slot_text(after, 0, configuration), slot_text(after, 1, configuration),
        pending(after, True)])
    if configuration.guard and not configuration.inplace:
        rows[row] = "regular"
    else:
        rows.setdefault(row, "mutated")
    return result


model.boot = recording_boot
configurations = [
    dict(), dict(factory=False), dict(rot=True, factory_floor=False), dict(rot=True),
    dict(factory=False, rot=True), dict(factory=False, raise_when="staged"),
    dict(raise_when="staged"), dict(factory=False, guard=False),
    dict(factory=False, inplace=True), dict(guard=False, rot=True)]
with contextlib.redirect_stdout(io.StringIO()):
    for options in configurations:
        model.check(model.Cfg(**options), "", 70000)
for row in sorted(rows):
    print(row, rows[row])
