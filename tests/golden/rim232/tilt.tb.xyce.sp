* tilt: testbench, operating point of the first sample
* method rim, technology plain, corner typical
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

.include "tilt.xyce.sp"
Xdut angles_plus_0 angles_plus_1 angles_minus_0 angles_minus_1 side_minus_0 side_minus_1 side_plus_0
+ side_plus_1 bias_plus bias_minus vdd vss tilt
Vdd vdd 0 dc 0.25
Vss vss 0 dc -0.25
Vbias_plus bias_plus 0 dc 0.25
Vbias_minus bias_minus 0 dc -0.25
Vangles_plus_0 angles_plus_0 0 dc 0.152
Vangles_plus_1 angles_plus_1 0 dc -0.087
Vangles_minus_0 angles_minus_0 0 dc -0.152
Vangles_minus_1 angles_minus_1 0 dc 0.087
Cside_minus_0 side_minus_0 0 2.5e-16
Cside_minus_1 side_minus_1 0 2.5e-16

.options device temp=27 gmin=1e-15
.options nonlin abstol=1e-09 reltol=1e-06 rhstol=1e-12

* the operating point as a sweep of one point, and V- of the output layer
.dc Vdd 0.25 0.25 1
.print dc format=csv v(side_minus_0) v(side_minus_1)
.end
