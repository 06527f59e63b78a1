// iris: testbench, the first sample
// method latim, technology plain, corner typical
// source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
// written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

`include "iris.verilog.sv"
`timescale 1ps/1ps

module tb_iris;
  wire real species_minus_0;
  wire real species_minus_1;
  wire real species_minus_2;
  wire real species_plus_0;
  wire real species_plus_1;
  wire real species_plus_2;
  wire real vdd;
  real vdd_volts;
  assign vdd = vdd_volts;
  wire real vss;
  real vss_volts;
  assign vss = vss_volts;
  wire real bias_plus;
  real bias_plus_volts;
  assign bias_plus = bias_plus_volts;
  wire real bias_minus;
  real bias_minus_volts;
  assign bias_minus = bias_minus_volts;
  wire real petals_plus_0;
  real petals_plus_0_volts;
  assign petals_plus_0 = petals_plus_0_volts;
  wire real petals_plus_1;
  real petals_plus_1_volts;
  assign petals_plus_1 = petals_plus_1_volts;
  wire real petals_plus_2;
  real petals_plus_2_volts;
  assign petals_plus_2 = petals_plus_2_volts;
  wire real petals_plus_3;
  real petals_plus_3_volts;
  assign petals_plus_3 = petals_plus_3_volts;
  wire real petals_minus_0;
  real petals_minus_0_volts;
  assign petals_minus_0 = petals_minus_0_volts;
  wire real petals_minus_1;
  real petals_minus_1_volts;
  assign petals_minus_1 = petals_minus_1_volts;
  wire real petals_minus_2;
  real petals_minus_2_volts;
  assign petals_minus_2 = petals_minus_2_volts;
  wire real petals_minus_3;
  real petals_minus_3_volts;
  assign petals_minus_3 = petals_minus_3_volts;
  iris Xdut (
    .petals_plus_0(petals_plus_0), .petals_plus_1(petals_plus_1), .petals_plus_2(petals_plus_2), .petals_plus_3(petals_plus_3),
    .petals_minus_0(petals_minus_0), .petals_minus_1(petals_minus_1), .petals_minus_2(petals_minus_2), .petals_minus_3(petals_minus_3),
    .species_minus_0(species_minus_0), .species_minus_1(species_minus_1), .species_minus_2(species_minus_2), .species_plus_0(species_plus_0),
    .species_plus_1(species_plus_1), .species_plus_2(species_plus_2), .bias_plus(bias_plus), .bias_minus(bias_minus),
    .vdd(vdd), .vss(vss));
  initial begin
    vdd_volts = 0.25;
    vss_volts = -0.25;
    bias_plus_volts = 0.25;
    bias_minus_volts = -0.25;
    petals_plus_0_volts = 0.138;
    petals_plus_1_volts = 0.057;
    petals_plus_2_volts = 0.209;
    petals_plus_3_volts = -0.23;
    petals_minus_0_volts = -0.138;
    petals_minus_1_volts = -0.057;
    petals_minus_2_volts = -0.209;
    petals_minus_3_volts = 0.23;
    #10; // by now a crossbar whose rows have moved says that it is at work
    while (Xdut.settled == 0.0) #10;
    #10; // for the inverters behind the last crossbar
    if (Xdut.settled < 0.0) begin
      $display("not settled: this is no operating point");
      $fatal(1, "not settled");
    end
    $display("species_minus_0 %.12e", species_minus_0);
    $display("species_minus_1 %.12e", species_minus_1);
    $display("species_minus_2 %.12e", species_minus_2);
    $finish;
  end
endmodule
