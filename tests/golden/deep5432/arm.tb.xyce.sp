* arm: testbench, operating point of the first sample
* method latim, technology wrapped, corner slow
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

.include "arm.xyce.sp"
Xdut position_plus_0 position_plus_1 position_plus_2 position_plus_3 position_plus_4
+ position_minus_0 position_minus_1 position_minus_2 position_minus_3 position_minus_4 angle_minus_0
+ angle_minus_1 angle_plus_0 angle_plus_1 bias_plus bias_minus vdd vss arm
Vdd vdd 0 dc 0.25
Vss vss 0 dc -0.25
Vbias_plus bias_plus 0 dc 0.25
Vbias_minus bias_minus 0 dc -0.25
Vposition_plus_0 position_plus_0 0 dc -0.022
Vposition_plus_1 position_plus_1 0 dc 0.084
Vposition_plus_2 position_plus_2 0 dc 0.202
Vposition_plus_3 position_plus_3 0 dc 0.183
Vposition_plus_4 position_plus_4 0 dc 0.147
Vposition_minus_0 position_minus_0 0 dc 0.022
Vposition_minus_1 position_minus_1 0 dc -0.084
Vposition_minus_2 position_minus_2 0 dc -0.202
Vposition_minus_3 position_minus_3 0 dc -0.183
Vposition_minus_4 position_minus_4 0 dc -0.147
Cangle_minus_0 angle_minus_0 0 2.5e-16
Cangle_minus_1 angle_minus_1 0 2.5e-16

.options device temp=27 gmin=1e-15
.options nonlin abstol=1e-09 reltol=1e-06 rhstol=1e-12

* the operating point as a sweep of one point, and V- of the output layer
.dc Vdd 0.25 0.25 1
.print dc format=csv v(angle_minus_0) v(angle_minus_1)
.end
