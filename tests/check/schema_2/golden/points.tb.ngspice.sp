* points: testbench, operating point of the first sample
* method latim, technology lvt90, corner tt
* source sha256 0efff2edf8de0319be2f119689d83ae731be67a7b2de3561ae12c815102ecfbe
* written by imnnc 0.1.0; units: volts, ohms, farads, seconds, degrees Celsius

.include "points.ngspice.sp"
Xdut x_plus_0 x_plus_1 x_plus_2 x_plus_3 x_minus_0 x_minus_1 x_minus_2 x_minus_3 layer1_minus_0
+ layer1_minus_1 layer1_minus_2 layer1_plus_0 layer1_plus_1 layer1_plus_2 bias_plus bias_minus vdd
+ vss points
Vdd vdd 0 dc 0.25
Vss vss 0 dc -0.25
Vbias_plus bias_plus 0 dc 0.25
Vbias_minus bias_minus 0 dc -0.25
Vx_plus_0 x_plus_0 0 dc 0.0602432005107
Vx_plus_1 x_plus_1 0 dc 0.19376899302
Vx_plus_2 x_plus_2 0 dc -0.133692994714
Vx_plus_3 x_plus_3 0 dc 0.16049900651
Vx_minus_0 x_minus_0 0 dc -0.0602432005107
Vx_minus_1 x_minus_1 0 dc -0.19376899302
Vx_minus_2 x_minus_2 0 dc 0.133692994714
Vx_minus_3 x_minus_3 0 dc -0.16049900651
Clayer1_minus_0 layer1_minus_0 0 1.86427435577e-15
Clayer1_minus_1 layer1_minus_1 0 1.86427435577e-15
Clayer1_minus_2 layer1_minus_2 0 1.86427435577e-15

.temp 27
.options gmin=1e-15 abstol=1e-15 reltol=1e-06 vntol=1e-09
.op
.end
