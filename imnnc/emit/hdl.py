"""What the emitters of hardware description languages share: templates and words that are taken."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from imnnc.emit.files import new_text
from imnnc.physics.network import FloatArray
from imnnc.physics.polynomial import InverterPolynomials
from imnnc.resources import template_environment

_TERMS_A_LINE = 4
_WORDS_A_LINE = 4

# IEEE 1800-2012, table B.1, and what Verilog-AMS 2.4 adds: no module can have one of these names.
_WORDS = """
    above abs absdelay accept_on ac_stim acos alias always always_comb always_ff always_latch
    analog analysis and asin assert assign assume atan automatic before begin bind bins binsof bit
    branch break buf bufif0 bufif1 byte case casex casez cell ceil chandle checker class clocking
    cmos config connect connectmodule connectrules const constraint context continue cos cosh cover
    covergroup coverpoint cross ddt ddx deassign default defparam design disable discipline discrete
    dist do domain driver_update edge else end endcase endchecker endclass endclocking endconfig
    endconnectrules enddiscipline endfunction endgenerate endgroup endinterface endmodule endnature
    endpackage endparamset endprimitive endprogram endproperty endsequence endspecify endtable
    endtask enum event eventually exclude exp expect export extends extern final first_match
    flicker_noise floor flow for force foreach forever fork forkjoin from function generate genvar
    global ground highz0 highz1 hypot idt idtmod if iff ifnone ignore_bins illegal_bins implements
    implies import incdir include inf initial initial_step inout input inside instance int integer
    interconnect interface intersect join join_any join_none laplace_nd laplace_np laplace_zd
    laplace_zp large last_crossing let liblist library limexp ln local localparam log logic longint
    macromodule matches max medium merged min modport module nand nature negedge net_resolution
    nettype new nexttime nmos noise_table nor noshowcancelled not notif0 notif1 null or output
    package packed paramset parameter pmos posedge potential pow primitive priority program property
    protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc
    randcase randsequence rcmos real realtime ref reg reject_on release repeat resolveto restrict
    return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime s_until s_until_with
    scalared sequence shortint shortreal showcancelled signed sin sinh slew small soft solve specify
    specparam split sqrt static string strong strong0 strong1 struct super supply0 supply1
    sync_accept_on sync_reject_on table tagged tan tanh task this throughout time timeprecision
    timer timeunit tran tranif0 tranif1 transition tri tri0 tri1 triand trior trireg type typedef
    union unique unique0 unsigned until until_with untyped use uwire var vectored virtual void wait
    wait_order wand weak weak0 weak1 while white_noise wildcard wire with within wor wreal xnor xor
    zi_nd zi_np zi_zd zi_zp
"""
RESERVED = frozenset(_WORDS.split())


def write_text(path: Path, folder: str, template: str, **values: object) -> None:
    """Write a file by a template in `templates/<folder>`."""
    environment = template_environment(folder, "spice")
    environment.filters["number"] = number
    environment.filters["wrapped"] = wrapped
    layout = environment.get_template(template)
    with new_text(path) as stream:
        stream.writelines(layout.stream(**values))


def number(value: float) -> str:
    """A real number as both languages read it: an integer's digits would be an integer."""
    text = f"{value + 0.0:.12g}"
    return text if "." in text or "e" in text else f"{text}.0"


def wrapped(words: Iterable[str], indent: int) -> str:
    """A list of words, four a line, with commas between them."""
    items = list(words)
    lines = [items[i : i + _WORDS_A_LINE] for i in range(0, len(items), _WORDS_A_LINE)]
    return (",\n" + " " * indent).join(", ".join(line) for line in lines)


def sums(coefficients: FloatArray, variable: str) -> list[str]:
    """Each column n of Chebyshev coefficients [m, n] as an expression in `x1`, `x2`, ...: a_n(x).

    The function of degree m is called `variable` with m behind it; that of degree 0 is 1.
    """
    expressions = []
    for column in coefficients.T.tolist():
        terms = [
            number(c) if m == 0 else f"{number(c)}*{variable}{m}" for m, c in enumerate(column)
        ]
        lines = [terms[i : i + _TERMS_A_LINE] for i in range(0, len(terms), _TERMS_A_LINE)]
        expressions.append("\n        + ".join(" + ".join(line) for line in lines))
    return expressions


def fit_fields(fit: InverterPolynomials) -> dict[str, object]:
    """What templates need of a fit; `names("x", 1)` are the variables from `x1` on."""
    return {
        "fit": fit,
        "terms": fit.terms,
        "names": lambda stem, first: [f"{stem}{m}" for m in range(first, fit.terms)],
        "output": sums(fit.output_amperes, "x"),
        "rail": sums(fit.rail_amperes, "x"),
    }
