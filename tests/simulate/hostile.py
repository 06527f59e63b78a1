"""Ways in which a deck has ngspice run a command or write a file, for tests of the guard.

Each is a few lines for the middle of a deck; `CANARY` stands for the file that the command makes.
Those of `EFFECTIVE` were seen to work in ngspice 39 when nothing guards it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

CANARY = "CANARY"
SHELL = f"shell touch {CANARY}"


class Hostile(NamedTuple):
    """Lines to put into a file, where in it, and what they are."""

    name: str
    text: str
    at_top: bool = False


# Each is a command, for a `.control` block or behind `*#`.
COMMANDS = {
    "shell": SHELL,
    "SHELL": f"SHELL touch {CANARY}",
    "bang": f"!touch {CANARY}",
    "redirection": f"echo x > {CANARY}",
    "append": f"echo x >> {CANARY}",
    "backquotes": f"set x = `touch {CANARY}`",
    "wrdata": f"op\nwrdata {CANARY} all",
    "write": f"op\nwrite {CANARY}",
    "listing": f"listing e > {CANARY}",
    "snsave": f"op\nsnsave {CANARY}",
    "in a loop": f"foreach i 1 2\nshell touch {CANARY}\nend",
    "if": f"if 1\nshell touch {CANARY}\nend",
    "alias": f"alias r{'un'} shell touch {CANARY}\nrun",
    "variable": f'set s = "touch {CANARY}"\nshell $s',
    "editor": f'setcs editor = "touch {CANARY} #"\nedit',
    "history": f"shell touch {CANARY}\n!!",
    "pre": f"pre_shell touch {CANARY}",
    "circuit by line": f"circbyline * x\ncircbyline *#shell touch {CANARY}\ncircbyline .end",
}

# Ways to write the card that opens a block of commands.
OPENINGS = {
    "plain": ".control",
    "upper": ".CONTROL",
    "mixed": ".CoNtRoL",
    "indented": "   .control",
    "tab": "\t.control",
    "blanks behind": ".control   \t",
    "comment behind": ".control $ x",
    "semicolon behind": ".control ; x",
    "word behind": ".controlled by me",
    "carriage return": ".con\rtrol",
    "leading carriage return": "\r.control",
    "many carriage returns": ".\rc\ro\rn\rt\rr\ro\rl",
    "form feed": "\f.control",
    "vertical tab": "\v.control",
    "bell": "\a.control",
    "byte order mark": "\xef\xbb\xbf.control",
    "no-break space": "\xa0.control",
    "escape": "\x1b.control",
    "nul behind": ".control\0",
    "nul before": "\0.control",
    "in quotes": '".control"',
    "behind a continuation": "+\n.control",
    "continued": ".con\n+trol",
    "backslashes before": "* x \\\\\n.control",
    "backslashes behind": ".control \\\\\n",
    "in an if": ".if (1)\n.control",
    "behind an end": ".end\n.control",
    "behind a title": ".title x\n.control",
    "twice": ".control\n.control",
    "after a stray end": ".endc\n.control",
}

# Whole mechanisms that need no block.
OTHERS = {
    "star hash": f"*#{SHELL}",
    "star hash indented": f"  *#{SHELL}",
    "star hash tab": f"\t*#{SHELL}",
    "star hash blank": f"*# {SHELL}",
    "star hash carriage return": f"*\r#{SHELL}",
    "star hash upper": f"*#SHELL touch {CANARY}",
    "star hash pre": f"*#pre_{SHELL}",
    "semicolon hash": f";#{SHELL}",
    "semicolon hash indented": f"  ;#{SHELL}",
    "dollar hash": f"$#{SHELL}",
    "slashes hash": f"//#{SHELL}",
    "hash": f"#{SHELL}",
    "unused subcircuit": f".subckt nobody_uses a b\nr#{SHELL}\n.ends",
    "unused subcircuit, x": f".subckt nobody_uses a b\nx#{SHELL}\n.ends",
    "unused subcircuit, model": f".subckt nobody_uses a b\n.#{SHELL}\n.ends",
    "unused macro": f".macro nobody_uses a b\nr#{SHELL}\n.eom",
    "param without a value": f".param#{SHELL}",
    "false if": f".if (0)\nr#{SHELL}\n.endif",
    "continuation": f"+#{SHELL}",
    "title of a script": ".title *ng_script",
    "measure to a file": f".options measoutfile={CANARY}\n.meas op x find v(1)\n.op",
    "raw file": f".options rawfile={CANARY}\n.op",
    "debug files": ".options ngdebug",
    "behaviour": ".options ngbehavior=ps",
    "quoted option": f'.options x="{CANARY}"',
    "backquoted option": f".options temp=`touch {CANARY}`",
    "print to a file": f".print op v(1) > {CANARY}",
    "plot to a file": f".plot op v(1) > {CANARY}",
    "save": f".save all > {CANARY}",
    "write": f".write {CANARY}",
    "wrdata": f".wrdata {CANARY} v(1)",
    "exec": f".exec touch {CANARY}",
    "shell card": f".shell touch {CANARY}",
    "system card": f".system touch {CANARY}",
    "set card": f".set x=`touch {CANARY}`",
    "probe": ".probe all",
    "csparam": f".csparam x=`touch {CANARY}`",
    "parameter in backquotes": f".param x=`touch {CANARY}`",
    "resistor in backquotes": f"Rx 1 0 `touch {CANARY}`",
    "shell variable": "Rx 1 0 $(HOME)",
    "model of a file source": (
        f'afile %v([1]) filesrc\n.model filesrc filesource (file="{CANARY}")'
    ),
    "model of a process": f'.model p d_process (process_file="{CANARY}")',
    "model of a table": f'.model t table2d (file="{CANARY}")',
    "model without its device": f'.model filesrc filesource (file="{CANARY}")',
    "cider device": f'.model m numd\n+ output rootfile="{CANARY}"',
    "cider on the next line": f".model m\n+ numos\n+ output rootfile={CANARY}",
    "option on the next line": f".options gmin=1e-15\n+ measoutfile={CANARY}",
    "codemodel": f"codemodel {CANARY}",
    "codemodel card": f".codemodel {CANARY}",
    "osdi": f"osdi {CANARY}",
    "pre_osdi": f"pre_osdi {CANARY}",
    "pre_osdi card": f".pre_osdi {CANARY}",
    "hdl": f'.hdl "{CANARY}"',
    "verilog-a device": "N1 1 0 psp",
    "switch": "S1 1 0 1 0 sw",
    "bare command": SHELL,
    "bare source": f"source {CANARY}",
    "at sign": f"@\n{SHELL}",
    "include outside": ".include /tmp/x.inc",
    "include above": ".include ../x.inc",
    "include far above": ".include a/../../x.inc",
    "include at home": ".include ~/x.inc",
    "include of a device": ".include /dev/stdin",
    "include in quotes": ".include '/tmp/x.inc'",
    "include with a blank": '.include "/tmp/a b.inc"',
    "include by a variable": ".include $HOME/x.inc",
    "include by a command": f".include `touch {CANARY}`",
    "short include": ".inc /tmp/x.inc",
    "longer include": ".includes /tmp/x.inc",
    "upper include": ".INCLUDE /tmp/x.inc",
    "include without a blank": '.include"/tmp/x.inc"',
    "continued include": ".include\n+ /tmp/x.inc",
    "library outside": ".lib /tmp/x.lib tt",
    "library above": ".lib ../x.lib tt",
    "library in quotes": ".lib '/tmp/x.lib' 'tt'",
    "longer library": ".library /tmp/x.lib tt",
    "library with a comment": ".lib /tmp/x.lib $ tt",
    "pspice include": ".incpslt /tmp/x.inc",
    "missing include": ".include absent.inc",
}


def control(opening: str, command: str) -> str:
    """A block of commands."""
    return f"{opening}\n{command}\n.endc"


def hostile_texts() -> Iterator[Hostile]:
    """Every way, each command in a plain block and each opening around `shell`."""
    for name, command in COMMANDS.items():
        yield Hostile(f"control: {name}", control(".control", command))
        first, *more = command.split("\n")
        yield Hostile(f"star: {name}", "\n".join(f"*#{x}" for x in (first, *more)))
    for name, opening in OPENINGS.items():
        yield Hostile(f"opening: {name}", control(opening, SHELL))
    for (first, opening), (second, command) in product(
        list(OPENINGS.items())[:6], list(COMMANDS.items())[2:8]
    ):
        yield Hostile(f"{first}, {second}", control(opening, command))
    for name, text in OTHERS.items():
        yield Hostile(name, text)
    yield Hostile("script", f"*ng_script\n{SHELL}", at_top=True)
    yield Hostile("script, upper", f"*NG_SCRIPT\n{SHELL}", at_top=True)
    yield Hostile("script with parameters", f"*ng_script_with_params\n{SHELL}", at_top=True)
    yield Hostile("long title", "*" + "x" * 4998 + f"*#{SHELL}", at_top=True)
    yield Hostile("long title and block", "*" + "x" * 4998 + control(".control", SHELL), True)
    yield Hostile("block at the top", control(".control", SHELL), at_top=True)
