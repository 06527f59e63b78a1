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
  wire real angles_plus_0;
  real angles_plus_0_volts;
  assign angles_plus_0 = angles_plus_0_volts;
  wire real angles_plus_1;
  real angles_plus_1_volts;
  assign angles_plus_1 = angles_plus_1_volts;
  wire real angles_minus_0;
  real angles_minus_0_volts;
  assign angles_minus_0 = angles_minus_0_volts;
  wire real angles_minus_1;
  real angles_minus_1_volts;
  assign angles_minus_1 = angles_minus_1_volts;
  tilt Xdut (
    .angles_plus_0(angles_plus_0), .angles_plus_1(angles_plus_1), .angles_minus_0(angles_minus_0), .angles_minus_1(angles_minus_1),
    .side_minus_0(side_minus_0), .side_minus_1(side_minus_1), .side_plus_0(side_plus_0), .side_plus_1(side_plus_1),
    .bias_plus(bias_plus), .bias_minus(bias_minus), .vdd(vdd), .vss(vss));
  initial begin
    vdd_volts = 0.25;
    vss_volts = -0.25;
    bias_plus_volts = 0.25;
    bias_minus_volts = -0.25;
    angles_plus_0_volts = 0.152;
    angles_plus_1_volts = -0.087;
    angles_minus_0_volts = -0.152;
    angles_minus_1_volts = 0.087;
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
