* arm: inverter-based memristive neural network, design under test
* method latim, technology wrapped, corner slow
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius
*
* Inputs come as pairs of rails, +x and -x. Each neuron is two inverters in cascade: column
* <layer>_net_<j> to V- <layer>_minus_<j> to V+ <layer>_plus_<j>. The read-out is V- of the last
* layer. The cells of each crossbar are in a file of their own: to reprogram, replace that.

.lib "models/wrapped.lib" slow

.subckt arm_inverter in out vdd vss PARAMS: size=1
Xp out in vdd vdd golden_pfet w=0.2 l=0.1 m={size}
Xn out in vss vss golden_nfet w=0.12 l=0.1 m={size}
.ends arm_inverter

.subckt arm_crossbar_first plus_0 plus_1 plus_2 plus_3 plus_4 minus_0 minus_1 minus_2 minus_3
+ minus_4 net_0 net_1 net_2 net_3 bias_plus bias_minus
.include "arm.xyce.cells.first.inc"
.ends arm_crossbar_first

.subckt arm_crossbar_second plus_0 plus_1 plus_2 plus_3 minus_0 minus_1 minus_2 minus_3 net_0 net_1
+ net_2 bias_plus bias_minus
.include "arm.xyce.cells.second.inc"
.ends arm_crossbar_second

.subckt arm_crossbar_angle plus_0 plus_1 plus_2 minus_0 minus_1 minus_2 net_0 net_1 bias_plus
+ bias_minus
.include "arm.xyce.cells.angle.inc"
.ends arm_crossbar_angle

.subckt arm position_plus_0 position_plus_1 position_plus_2 position_plus_3 position_plus_4
+ position_minus_0 position_minus_1 position_minus_2 position_minus_3 position_minus_4 angle_minus_0
+ angle_minus_1 angle_plus_0 angle_plus_1 bias_plus bias_minus vdd vss
Xcrossbar_first position_plus_0 position_plus_1 position_plus_2 position_plus_3 position_plus_4
+ position_minus_0 position_minus_1 position_minus_2 position_minus_3 position_minus_4 first_net_0
+ first_net_1 first_net_2 first_net_3 bias_plus bias_minus arm_crossbar_first
Xfirst_minus_0 first_net_0 first_minus_0 vdd vss arm_inverter PARAMS: size=1.906
Xfirst_plus_0 first_minus_0 first_plus_0 vdd vss arm_inverter PARAMS: size=9.08
Xfirst_minus_1 first_net_1 first_minus_1 vdd vss arm_inverter PARAMS: size=1.347
Xfirst_plus_1 first_minus_1 first_plus_1 vdd vss arm_inverter PARAMS: size=8.517
Xfirst_minus_2 first_net_2 first_minus_2 vdd vss arm_inverter PARAMS: size=7.318
Xfirst_plus_2 first_minus_2 first_plus_2 vdd vss arm_inverter PARAMS: size=4.466
Xfirst_minus_3 first_net_3 first_minus_3 vdd vss arm_inverter PARAMS: size=5.108
Xfirst_plus_3 first_minus_3 first_plus_3 vdd vss arm_inverter PARAMS: size=9.763
Xcrossbar_second first_plus_0 first_plus_1 first_plus_2 first_plus_3 first_minus_0 first_minus_1
+ first_minus_2 first_minus_3 second_net_0 second_net_1 second_net_2 bias_plus bias_minus
+ arm_crossbar_second
Xsecond_minus_0 second_net_0 second_minus_0 vdd vss arm_inverter PARAMS: size=1.088
Xsecond_plus_0 second_minus_0 second_plus_0 vdd vss arm_inverter PARAMS: size=1.517
Xsecond_minus_1 second_net_1 second_minus_1 vdd vss arm_inverter PARAMS: size=8.447
Xsecond_plus_1 second_minus_1 second_plus_1 vdd vss arm_inverter PARAMS: size=9.837
Xsecond_minus_2 second_net_2 second_minus_2 vdd vss arm_inverter PARAMS: size=1.993
Xsecond_plus_2 second_minus_2 second_plus_2 vdd vss arm_inverter PARAMS: size=5.013
Xcrossbar_angle second_plus_0 second_plus_1 second_plus_2 second_minus_0 second_minus_1
+ second_minus_2 angle_net_0 angle_net_1 bias_plus bias_minus arm_crossbar_angle
Xangle_minus_0 angle_net_0 angle_minus_0 vdd vss arm_inverter PARAMS: size=6.067
Xangle_plus_0 angle_minus_0 angle_plus_0 vdd vss arm_inverter PARAMS: size=1.576
Xangle_minus_1 angle_net_1 angle_minus_1 vdd vss arm_inverter PARAMS: size=7.936
Xangle_plus_1 angle_minus_1 angle_plus_1 vdd vss arm_inverter PARAMS: size=2.663
.ends arm
