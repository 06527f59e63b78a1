"""Words that the languages of netlists have for themselves, which cannot name a subcircuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# What ngspice replaces wherever a name of its own could stand.  It takes any other word: 480 words
# of the languages below, of its expressions and of its cards were tried as names.
_SPICE = "gnd temper"

# The Spectre User Guide and Reference: statements, analyses and built-in components.
_SPECTRE = """
    ac ahdl_include alter altergroup analogmodel bjt bsim4 capacitor cccs ccvs check correlate
    dc diode else else_if elseif end endlibrary ends endsection export for function global ic if
    include inductor info inline iprobe isource jfet let library local march model montecarlo
    mos1 mos2 mos3 nodeset noise options parameters paramset plot port print process real
    resistor return save section set shell simulator sp statistics subckt sweep switch to tran
    truncate vary vccs vcvs vsource
"""

# IEEE 1800-2012, table B.1, and what Verilog-AMS 2.4 adds.
_VERILOG = """
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

# Of the dialects that are not as SPICE is, by the words of `emit`.
_OTHERS: Final[Mapping[str, str]] = {
    "spectre": f"{_SPICE} {_SPECTRE}",
    "verilog": _VERILOG,
    "veriloga": "",  # its one module has more than the name of the network
}


def reserved(dialect: str) -> frozenset[str]:
    """Words that cannot name a network in a dialect.  Letter case never helps."""
    return frozenset(_OTHERS.get(dialect, _SPICE).split())
