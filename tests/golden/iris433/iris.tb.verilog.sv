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
  real volts_vdd;
  assign vdd = volts_vdd;
  wire real vss;
  real volts_vss;
  assign vss = volts_vss;
  wire real bias_plus;
  real volts_bias_plus;
  assign bias_plus = volts_bias_plus;
  wire real bias_minus;
  real volts_bias_minus;
  assign bias_minus = volts_bias_minus;
  wire real petals_plus_0;
  real volts_petals_plus_0;
  assign petals_plus_0 = volts_petals_plus_0;
  wire real petals_plus_1;
  real volts_petals_plus_1;
  assign petals_plus_1 = volts_petals_plus_1;
  wire real petals_plus_2;
  real volts_petals_plus_2;
  assign petals_plus_2 = volts_petals_plus_2;
  wire real petals_plus_3;
  real volts_petals_plus_3;
  assign petals_plus_3 = volts_petals_plus_3;
  wire real petals_minus_0;
  real volts_petals_minus_0;
  assign petals_minus_0 = volts_petals_minus_0;
  wire real petals_minus_1;
  real volts_petals_minus_1;
  assign petals_minus_1 = volts_petals_minus_1;
  wire real petals_minus_2;
  real volts_petals_minus_2;
  assign petals_minus_2 = volts_petals_minus_2;
  wire real petals_minus_3;
  real volts_petals_minus_3;
  assign petals_minus_3 = volts_petals_minus_3;
  iris Xdut (
    .petals_plus_0(petals_plus_0), .petals_plus_1(petals_plus_1), .petals_plus_2(petals_plus_2), .petals_plus_3(petals_plus_3),
    .petals_minus_0(petals_minus_0), .petals_minus_1(petals_minus_1), .petals_minus_2(petals_minus_2), .petals_minus_3(petals_minus_3),
    .species_minus_0(species_minus_0), .species_minus_1(species_minus_1), .species_minus_2(species_minus_2), .species_plus_0(species_plus_0),
    .species_plus_1(species_plus_1), .species_plus_2(species_plus_2), .bias_plus(bias_plus), .bias_minus(bias_minus),
    .vdd(vdd), .vss(vss));
  initial begin
    volts_vdd = 0.25;
    volts_vss = -0.25;
    volts_bias_plus = 0.25;
    volts_bias_minus = -0.25;
    volts_petals_plus_0 = 0.138;
    volts_petals_plus_1 = 0.057;
    volts_petals_plus_2 = 0.209;
    volts_petals_plus_3 = -0.23;
    volts_petals_minus_0 = -0.138;
    volts_petals_minus_1 = -0.057;
    volts_petals_minus_2 = -0.209;
    volts_petals_minus_3 = 0.23;
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
