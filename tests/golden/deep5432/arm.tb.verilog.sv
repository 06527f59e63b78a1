// arm: testbench, the first sample
// method latim, technology wrapped, corner slow
// source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
// written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius

`include "arm.verilog.sv"
`timescale 1ps/1ps

module tb_arm;
  wire real angle_minus_0;
  wire real angle_minus_1;
  wire real angle_plus_0;
  wire real angle_plus_1;
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
  wire real position_plus_0;
  real position_plus_0_volts;
  assign position_plus_0 = position_plus_0_volts;
  wire real position_plus_1;
  real position_plus_1_volts;
  assign position_plus_1 = position_plus_1_volts;
  wire real position_plus_2;
  real position_plus_2_volts;
  assign position_plus_2 = position_plus_2_volts;
  wire real position_plus_3;
  real position_plus_3_volts;
  assign position_plus_3 = position_plus_3_volts;
  wire real position_plus_4;
  real position_plus_4_volts;
  assign position_plus_4 = position_plus_4_volts;
  wire real position_minus_0;
  real position_minus_0_volts;
  assign position_minus_0 = position_minus_0_volts;
  wire real position_minus_1;
  real position_minus_1_volts;
  assign position_minus_1 = position_minus_1_volts;
  wire real position_minus_2;
  real position_minus_2_volts;
  assign position_minus_2 = position_minus_2_volts;
  wire real position_minus_3;
  real position_minus_3_volts;
  assign position_minus_3 = position_minus_3_volts;
  wire real position_minus_4;
  real position_minus_4_volts;
  assign position_minus_4 = position_minus_4_volts;
  arm Xdut (
    .position_plus_0(position_plus_0), .position_plus_1(position_plus_1), .position_plus_2(position_plus_2), .position_plus_3(position_plus_3),
    .position_plus_4(position_plus_4), .position_minus_0(position_minus_0), .position_minus_1(position_minus_1), .position_minus_2(position_minus_2),
    .position_minus_3(position_minus_3), .position_minus_4(position_minus_4), .angle_minus_0(angle_minus_0), .angle_minus_1(angle_minus_1),
    .angle_plus_0(angle_plus_0), .angle_plus_1(angle_plus_1), .bias_plus(bias_plus), .bias_minus(bias_minus),
    .vdd(vdd), .vss(vss));
  initial begin
    vdd_volts = 0.25;
    vss_volts = -0.25;
    bias_plus_volts = 0.25;
    bias_minus_volts = -0.25;
    position_plus_0_volts = -0.022;
    position_plus_1_volts = 0.084;
    position_plus_2_volts = 0.202;
    position_plus_3_volts = 0.183;
    position_plus_4_volts = 0.147;
    position_minus_0_volts = 0.022;
    position_minus_1_volts = -0.084;
    position_minus_2_volts = -0.202;
    position_minus_3_volts = -0.183;
    position_minus_4_volts = -0.147;
    #10; // by now a crossbar whose rows have moved says that it is at work
    while (Xdut.settled == 0.0) #10;
    #10; // for the inverters behind the last crossbar
    if (Xdut.settled < 0.0) begin
      $display("not settled: this is no operating point");
      $fatal(1, "not settled");
    end
    $display("angle_minus_0 %.12e", angle_minus_0);
    $display("angle_minus_1 %.12e", angle_minus_1);
    $finish;
  end
endmodule
