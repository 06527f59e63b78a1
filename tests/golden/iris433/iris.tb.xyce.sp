* iris: testbench, operating point of the first sample
* method latim, technology plain, corner typical
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

.include "iris.xyce.sp"
Xdut petals_plus_0 petals_plus_1 petals_plus_2 petals_plus_3 petals_minus_0 petals_minus_1
+ petals_minus_2 petals_minus_3 species_minus_0 species_minus_1 species_minus_2 species_plus_0
+ species_plus_1 species_plus_2 bias_plus bias_minus vdd vss iris
Vdd vdd 0 dc 0.25
Vss vss 0 dc -0.25
Vbias_plus bias_plus 0 dc 0.25
Vbias_minus bias_minus 0 dc -0.25
Vpetals_plus_0 petals_plus_0 0 dc 0.138
Vpetals_plus_1 petals_plus_1 0 dc 0.057
Vpetals_plus_2 petals_plus_2 0 dc 0.209
Vpetals_plus_3 petals_plus_3 0 dc -0.23
Vpetals_minus_0 petals_minus_0 0 dc -0.138
Vpetals_minus_1 petals_minus_1 0 dc -0.057
Vpetals_minus_2 petals_minus_2 0 dc -0.209
Vpetals_minus_3 petals_minus_3 0 dc 0.23
Cspecies_minus_0 species_minus_0 0 2.5e-16
Cspecies_minus_1 species_minus_1 0 2.5e-16
Cspecies_minus_2 species_minus_2 0 2.5e-16

.options device temp=27 gmin=1e-15
.options nonlin abstol=1e-09 reltol=1e-06 rhstol=1e-12

* the operating point as a sweep of one point, and V- of the output layer
.dc Vdd 0.25 0.25 1
.print dc format=csv v(species_minus_0) v(species_minus_1) v(species_minus_2)
.end
