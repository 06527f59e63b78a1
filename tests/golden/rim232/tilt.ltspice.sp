* tilt: inverter-based memristive neural network, design under test
* method rim, technology plain, corner typical
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius
*
* Inputs come as pairs of rails, +x and -x. Each neuron is two inverters in cascade: column
* <layer>_net_<j> to V- <layer>_minus_<j> to V+ <layer>_plus_<j>. The read-out is V- of the last
* layer. The cells of each crossbar are in a file of their own: to reprogram, replace that.

.include "tilt.ltspice.models.inc"

.subckt tilt_inverter in out vdd vss params: size=1
Mp out in vdd vdd golden_p w=2e-07 l=1e-07 m={size}
Mn out in vss vss golden_n w=1.2e-07 l=1e-07 m={size}
.ends tilt_inverter

.subckt tilt_crossbar_hidden plus_0 plus_1 minus_0 minus_1 net_0 net_1 net_2 bias_plus bias_minus
.include "tilt.ltspice.cells.hidden.inc"
.ends tilt_crossbar_hidden

.subckt tilt_crossbar_side plus_0 plus_1 plus_2 minus_0 minus_1 minus_2 net_0 net_1 bias_plus
+ bias_minus
.include "tilt.ltspice.cells.side.inc"
.ends tilt_crossbar_side

.subckt tilt angles_plus_0 angles_plus_1 angles_minus_0 angles_minus_1 side_minus_0 side_minus_1
+ side_plus_0 side_plus_1 bias_plus bias_minus vdd vss
Xcrossbar_hidden angles_plus_0 angles_plus_1 angles_minus_0 angles_minus_1 hidden_net_0 hidden_net_1
+ hidden_net_2 bias_plus bias_minus tilt_crossbar_hidden
Xhidden_minus_0 hidden_net_0 hidden_minus_0 vdd vss tilt_inverter size=5
Xhidden_plus_0 hidden_minus_0 hidden_plus_0 vdd vss tilt_inverter size=5
Xhidden_minus_1 hidden_net_1 hidden_minus_1 vdd vss tilt_inverter size=5
Xhidden_plus_1 hidden_minus_1 hidden_plus_1 vdd vss tilt_inverter size=5
Xhidden_minus_2 hidden_net_2 hidden_minus_2 vdd vss tilt_inverter size=5
Xhidden_plus_2 hidden_minus_2 hidden_plus_2 vdd vss tilt_inverter size=5
Rground_hidden_minus_0 hidden_minus_0 0 270000000
Rground_hidden_minus_1 hidden_minus_1 0 270000000
Rground_hidden_minus_2 hidden_minus_2 0 270000000
Rground_hidden_plus_0 hidden_plus_0 0 270000000
Rground_hidden_plus_1 hidden_plus_1 0 270000000
Rground_hidden_plus_2 hidden_plus_2 0 270000000
Xcrossbar_side hidden_plus_0 hidden_plus_1 hidden_plus_2 hidden_minus_0 hidden_minus_1
+ hidden_minus_2 side_net_0 side_net_1 bias_plus bias_minus tilt_crossbar_side
Xside_minus_0 side_net_0 side_minus_0 vdd vss tilt_inverter size=5
Xside_plus_0 side_minus_0 side_plus_0 vdd vss tilt_inverter size=5
Xside_minus_1 side_net_1 side_minus_1 vdd vss tilt_inverter size=5
Xside_plus_1 side_minus_1 side_plus_1 vdd vss tilt_inverter size=5
Rground_side_minus_0 side_minus_0 0 270000000
Rground_side_minus_1 side_minus_1 0 270000000
Rground_side_plus_0 side_plus_0 0 270000000
Rground_side_plus_1 side_plus_1 0 270000000
.ends tilt
