* iris: inverter-based memristive neural network, design under test
* method latim, technology plain, corner typical
* source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
* written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius
*
* Inputs come as pairs of rails, +x and -x. Each neuron is two inverters in cascade: column
* <layer>_net_<j> to V- <layer>_minus_<j> to V+ <layer>_plus_<j>. The read-out is V- of the last
* layer. The cells of each crossbar are in a file of their own: to reprogram, replace that.

.lib 'models/plain.lib' typical

.subckt iris_inverter in out vdd vss size=1
Mp out in vdd vdd golden_p w=2e-07 l=1e-07 m='size'
Mn out in vss vss golden_n w=1.2e-07 l=1e-07 m='size'
.ends iris_inverter

.subckt iris_crossbar_hidden plus_0 plus_1 plus_2 plus_3 minus_0 minus_1 minus_2 minus_3 net_0 net_1
+ net_2 bias_plus bias_minus
.include 'iris.hspice.cells.hidden.inc'
.ends iris_crossbar_hidden

.subckt iris_crossbar_species plus_0 plus_1 plus_2 minus_0 minus_1 minus_2 net_0 net_1 net_2
+ bias_plus bias_minus
.include 'iris.hspice.cells.species.inc'
.ends iris_crossbar_species

.subckt iris petals_plus_0 petals_plus_1 petals_plus_2 petals_plus_3 petals_minus_0 petals_minus_1
+ petals_minus_2 petals_minus_3 species_minus_0 species_minus_1 species_minus_2 species_plus_0
+ species_plus_1 species_plus_2 bias_plus bias_minus vdd vss
Xcrossbar_hidden petals_plus_0 petals_plus_1 petals_plus_2 petals_plus_3 petals_minus_0
+ petals_minus_1 petals_minus_2 petals_minus_3 hidden_net_0 hidden_net_1 hidden_net_2 bias_plus
+ bias_minus iris_crossbar_hidden
Xhidden_minus_0 hidden_net_0 hidden_minus_0 vdd vss iris_inverter size=2
Xhidden_plus_0 hidden_minus_0 hidden_plus_0 vdd vss iris_inverter size=2
Xhidden_minus_1 hidden_net_1 hidden_minus_1 vdd vss iris_inverter size=5
Xhidden_plus_1 hidden_minus_1 hidden_plus_1 vdd vss iris_inverter size=4
Xhidden_minus_2 hidden_net_2 hidden_minus_2 vdd vss iris_inverter size=10
Xhidden_plus_2 hidden_minus_2 hidden_plus_2 vdd vss iris_inverter size=5
Xcrossbar_species hidden_plus_0 hidden_plus_1 hidden_plus_2 hidden_minus_0 hidden_minus_1
+ hidden_minus_2 species_net_0 species_net_1 species_net_2 bias_plus bias_minus
+ iris_crossbar_species
Xspecies_minus_0 species_net_0 species_minus_0 vdd vss iris_inverter size=5
Xspecies_plus_0 species_minus_0 species_plus_0 vdd vss iris_inverter size=2
Xspecies_minus_1 species_net_1 species_minus_1 vdd vss iris_inverter size=6
Xspecies_plus_1 species_minus_1 species_plus_1 vdd vss iris_inverter size=5
Xspecies_minus_2 species_net_2 species_minus_2 vdd vss iris_inverter size=3
Xspecies_plus_2 species_minus_2 species_plus_2 vdd vss iris_inverter size=7
.ends iris
