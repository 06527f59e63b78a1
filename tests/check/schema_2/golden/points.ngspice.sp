* points: inverter-based memristive neural network, design under test
* method latim, technology lvt90, corner tt
* source sha256 0efff2edf8de0319be2f119689d83ae731be67a7b2de3561ae12c815102ecfbe
* written by imnnc 0.1.0; units: volts, ohms, farads, seconds, degrees Celsius
*
* Inputs come as pairs of rails, +x and -x. Each neuron is two inverters in cascade: column
* <layer>_net_<j> to V- <layer>_minus_<j> to V+ <layer>_plus_<j>. The read-out is V- of the last
* layer. The cells of each crossbar are in a file of their own: to reprogram, replace that.

.lib "models/lvt90.lib" tt

.subckt points_inverter in out vdd vss size=1
Mp out in vdd vdd plvt w=2e-07 l=1e-07 ad=4.8e-14 as=4.8e-14 pd=8.8e-07 ps=8.8e-07 m={size}
Mn out in vss vss nlvt w=1.2e-07 l=1e-07 ad=2.88e-14 as=2.88e-14 pd=7.2e-07 ps=7.2e-07 m={size}
.ends points_inverter

.subckt points_crossbar_layer0 plus_0 plus_1 plus_2 plus_3 minus_0 minus_1 minus_2 minus_3 net_0
+ net_1 net_2 net_3 net_4 bias_plus bias_minus
.include "points.ngspice.cells.layer0.inc"
.ends points_crossbar_layer0

.subckt points_crossbar_layer1 plus_0 plus_1 plus_2 plus_3 plus_4 minus_0 minus_1 minus_2 minus_3
+ minus_4 net_0 net_1 net_2 bias_plus bias_minus
.include "points.ngspice.cells.layer1.inc"
.ends points_crossbar_layer1

.subckt points x_plus_0 x_plus_1 x_plus_2 x_plus_3 x_minus_0 x_minus_1 x_minus_2 x_minus_3
+ layer1_minus_0 layer1_minus_1 layer1_minus_2 layer1_plus_0 layer1_plus_1 layer1_plus_2 bias_plus
+ bias_minus vdd vss
Xcrossbar_layer0 x_plus_0 x_plus_1 x_plus_2 x_plus_3 x_minus_0 x_minus_1 x_minus_2 x_minus_3
+ layer0_net_0 layer0_net_1 layer0_net_2 layer0_net_3 layer0_net_4 bias_plus bias_minus
+ points_crossbar_layer0
Xlayer0_minus_0 layer0_net_0 layer0_minus_0 vdd vss points_inverter size=1
Xlayer0_plus_0 layer0_minus_0 layer0_plus_0 vdd vss points_inverter size=1
Xlayer0_minus_1 layer0_net_1 layer0_minus_1 vdd vss points_inverter size=4
Xlayer0_plus_1 layer0_minus_1 layer0_plus_1 vdd vss points_inverter size=3
Xlayer0_minus_2 layer0_net_2 layer0_minus_2 vdd vss points_inverter size=4
Xlayer0_plus_2 layer0_minus_2 layer0_plus_2 vdd vss points_inverter size=5
Xlayer0_minus_3 layer0_net_3 layer0_minus_3 vdd vss points_inverter size=4
Xlayer0_plus_3 layer0_minus_3 layer0_plus_3 vdd vss points_inverter size=2
Xlayer0_minus_4 layer0_net_4 layer0_minus_4 vdd vss points_inverter size=5
Xlayer0_plus_4 layer0_minus_4 layer0_plus_4 vdd vss points_inverter size=1
Xcrossbar_layer1 layer0_plus_0 layer0_plus_1 layer0_plus_2 layer0_plus_3 layer0_plus_4
+ layer0_minus_0 layer0_minus_1 layer0_minus_2 layer0_minus_3 layer0_minus_4 layer1_net_0
+ layer1_net_1 layer1_net_2 bias_plus bias_minus points_crossbar_layer1
Xlayer1_minus_0 layer1_net_0 layer1_minus_0 vdd vss points_inverter size=4
Xlayer1_plus_0 layer1_minus_0 layer1_plus_0 vdd vss points_inverter size=2
Xlayer1_minus_1 layer1_net_1 layer1_minus_1 vdd vss points_inverter size=1
Xlayer1_plus_1 layer1_minus_1 layer1_plus_1 vdd vss points_inverter size=3
Xlayer1_minus_2 layer1_net_2 layer1_minus_2 vdd vss points_inverter size=3
Xlayer1_plus_2 layer1_minus_2 layer1_plus_2 vdd vss points_inverter size=1
.ends points
