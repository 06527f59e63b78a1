// tilt: testbench, the first sample
// method rim, technology plain, corner typical
// source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
// written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

`include "tilt.verilog.sv"
`timescale 1ps/1ps

module tb_tilt;
  wire real side_minus_0;
  wire real side_minus_1;
  wire real side_plus_0;
  wire real side_plus_1;
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
  wire real angles_plus_0;
  real volts_angles_plus_0;
  assign angles_plus_0 = volts_angles_plus_0;
  wire real angles_plus_1;
  real volts_angles_plus_1;
  assign angles_plus_1 = volts_angles_plus_1;
  wire real angles_minus_0;
  real volts_angles_minus_0;
  assign angles_minus_0 = volts_angles_minus_0;
  wire real angles_minus_1;
  real volts_angles_minus_1;
  assign angles_minus_1 = volts_angles_minus_1;
  tilt Xdut (
    .angles_plus_0(angles_plus_0), .angles_plus_1(angles_plus_1), .angles_minus_0(angles_minus_0), .angles_minus_1(angles_minus_1),
    .side_minus_0(side_minus_0), .side_minus_1(side_minus_1), .side_plus_0(side_plus_0), .side_plus_1(side_plus_1),
    .bias_plus(bias_plus), .bias_minus(bias_minus), .vdd(vdd), .vss(vss));
  initial begin
    volts_vdd = 0.25;
    volts_vss = -0.25;
    volts_bias_plus = 0.25;
    volts_bias_minus = -0.25;
    volts_angles_plus_0 = 0.152;
    volts_angles_plus_1 = -0.087;
    volts_angles_minus_0 = -0.152;
    volts_angles_minus_1 = 0.087;
    #10; // by now a crossbar whose rows have moved says that it is at work
    while (Xdut.settled == 0.0) #10;
    #10; // for the inverters behind the last crossbar
    if (Xdut.settled < 0.0) begin
      $display("not settled: this is no operating point");
      $fatal(1, "not settled");
    end
    $display("side_minus_0 %.12e", side_minus_0);
    $display("side_minus_1 %.12e", side_minus_1);
    $finish;
  end
endmodule
