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
  wire real position_plus_0;
  real volts_position_plus_0;
  assign position_plus_0 = volts_position_plus_0;
  wire real position_plus_1;
  real volts_position_plus_1;
  assign position_plus_1 = volts_position_plus_1;
  wire real position_plus_2;
  real volts_position_plus_2;
  assign position_plus_2 = volts_position_plus_2;
  wire real position_plus_3;
  real volts_position_plus_3;
  assign position_plus_3 = volts_position_plus_3;
  wire real position_plus_4;
  real volts_position_plus_4;
  assign position_plus_4 = volts_position_plus_4;
  wire real position_minus_0;
  real volts_position_minus_0;
  assign position_minus_0 = volts_position_minus_0;
  wire real position_minus_1;
  real volts_position_minus_1;
  assign position_minus_1 = volts_position_minus_1;
  wire real position_minus_2;
  real volts_position_minus_2;
  assign position_minus_2 = volts_position_minus_2;
  wire real position_minus_3;
  real volts_position_minus_3;
  assign position_minus_3 = volts_position_minus_3;
  wire real position_minus_4;
  real volts_position_minus_4;
  assign position_minus_4 = volts_position_minus_4;
  arm Xdut (
    .position_plus_0(position_plus_0), .position_plus_1(position_plus_1), .position_plus_2(position_plus_2), .position_plus_3(position_plus_3),
    .position_plus_4(position_plus_4), .position_minus_0(position_minus_0), .position_minus_1(position_minus_1), .position_minus_2(position_minus_2),
    .position_minus_3(position_minus_3), .position_minus_4(position_minus_4), .angle_minus_0(angle_minus_0), .angle_minus_1(angle_minus_1),
    .angle_plus_0(angle_plus_0), .angle_plus_1(angle_plus_1), .bias_plus(bias_plus), .bias_minus(bias_minus),
    .vdd(vdd), .vss(vss));
  initial begin
    volts_vdd = 0.25;
    volts_vss = -0.25;
    volts_bias_plus = 0.25;
    volts_bias_minus = -0.25;
    volts_position_plus_0 = -0.022;
    volts_position_plus_1 = 0.084;
    volts_position_plus_2 = 0.202;
    volts_position_plus_3 = 0.183;
    volts_position_plus_4 = 0.147;
    volts_position_minus_0 = 0.022;
    volts_position_minus_1 = -0.084;
    volts_position_minus_2 = -0.202;
    volts_position_minus_3 = -0.183;
    volts_position_minus_4 = -0.147;
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
