// iris: inverter-based memristive neural network, real-number model
// method latim, technology plain, corner typical
// source sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
// written by imnnc 0; units: volts, ohms, farads, seconds, degrees Celsius
//
// Static: outputs are those of the operating point, loading included, once `settled` in the network
// is 1 (-1: a crossbar has given up, and said so). What is left out: delays (a unit of time belongs
// to the solution and is no time), noise, and rails other than the +-0.25 V at
// which the inverter was measured. Currents of the unit inverter are polynomials of degree 14,
// at worst 1.4e-11 A off the table, which moves an output without a load by
// 1.8e-06 V at worst. The gain of what an inverter drives makes more of it.

`timescale 1ps/1ps

package iris_inverter_unit;
  // What a unit inverter does whose current is siemens * v - amperes: v, from a guess; how far an
  // ampere more moves it, in ohms; how far a volt more at the input does.
  task settle(input real v_in, input real siemens, input real amperes, input real guess,
              output real volts, output real ohms, output real gain);
    real x1, x2, x3, x4,
         x5, x6, x7, x8,
         x9, x10, x11, x12,
         x13, x14;
    real a [0:14];
    real low, high, v, y, t, t_next, u, u_next, fold, current, slope, balance, step;
    integer n, rounds, pass;
    begin
      v = guess;
      for (pass = 0; pass < 2; pass = pass + 1) begin
        x1 = (v_in + 1e-6*pass) / 0.27;
        if (x1 > 1.0) x1 = 1.0;
        if (x1 < -1.0) x1 = -1.0;
        x2 = 2.0*x1*x1 - 1.0;
        x3 = 2.0*x1*x2 - x1;
        x4 = 2.0*x1*x3 - x2;
        x5 = 2.0*x1*x4 - x3;
        x6 = 2.0*x1*x5 - x4;
        x7 = 2.0*x1*x6 - x5;
        x8 = 2.0*x1*x7 - x6;
        x9 = 2.0*x1*x8 - x7;
        x10 = 2.0*x1*x9 - x8;
        x11 = 2.0*x1*x10 - x9;
        x12 = 2.0*x1*x11 - x10;
        x13 = 2.0*x1*x12 - x11;
        x14 = 2.0*x1*x13 - x12;
        n = 0; // counted, as Icarus Verilog 11 may not write to a[0], with the index a constant
        a[n] = 0.0 + -3.122973503e-06*x1 + 0.0*x2 + -2.93805515e-07*x3
          + 0.0*x4 + -9.141518e-09*x5 + 0.0*x6 + -1.39018e-10*x7
          + 0.0*x8 + -1.246e-12*x9 + 0.0*x10 + -7e-15*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = -1.73373717e-06 + 0.0*x1 + -7.94403214e-07*x2 + 0.0*x3
          + -3.9965459e-08*x4 + 0.0*x5 + -8.42605e-10*x6 + 0.0*x7
          + -9.671e-12*x8 + 0.0*x9 + -7e-14*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + 1.238811232e-06*x1 + 0.0*x2 + 1.16545841e-07*x3
          + 0.0*x4 + 3.626228e-09*x5 + 0.0*x6 + 5.5145e-11*x7
          + 0.0*x8 + 4.94e-13*x9 + 0.0*x10 + 3e-15*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = -3.63655035e-07 + 0.0*x1 + -1.66627753e-07*x2 + 0.0*x3
          + -8.382839e-09*x4 + 0.0*x5 + -1.76738e-10*x6 + 0.0*x7
          + -2.029e-12*x8 + 0.0*x9 + -1.5e-14*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + 5.9950712e-08*x1 + 0.0*x2 + 5.640089e-09*x3
          + 0.0*x4 + 1.75487e-10*x5 + 0.0*x6 + 2.669e-12*x7
          + 0.0*x8 + 2.4e-14*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 3.683476e-08 + 0.0*x1 + 1.687779e-08*x2 + 0.0*x3
          + 8.49101e-10*x4 + 0.0*x5 + 1.7902e-11*x6 + 0.0*x7
          + 2.05e-13*x8 + 0.0*x9 + 1e-15*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + -3.7092739e-08*x1 + 0.0*x2 + -3.489639e-09*x3
          + 0.0*x4 + -1.08577e-10*x5 + 0.0*x6 + -1.651e-12*x7
          + 0.0*x8 + -1.5e-14*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 1.0205747e-08 + 0.0*x1 + 4.676302e-09*x2 + 0.0*x3
          + 2.35259e-10*x4 + 0.0*x5 + 4.96e-12*x6 + 0.0*x7
          + 5.7e-14*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + -5.2856e-10*x1 + 0.0*x2 + -4.9726e-11*x3
          + 0.0*x4 + -1.547e-12*x5 + 0.0*x6 + -2.4e-14*x7
          + 0.0*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = -1.588256e-09 + 0.0*x1 + -7.27743e-10*x2 + 0.0*x3
          + -3.6612e-11*x4 + 0.0*x5 + -7.72e-13*x6 + 0.0*x7
          + -9e-15*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + 1.20802e-09*x1 + 0.0*x2 + 1.13649e-10*x3
          + 0.0*x4 + 3.536e-12*x5 + 0.0*x6 + 5.4e-14*x7
          + 0.0*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = -2.59492e-10 + 0.0*x1 + -1.189e-10*x2 + 0.0*x3
          + -5.982e-12*x4 + 0.0*x5 + -1.26e-13*x6 + 0.0*x7
          + -1e-15*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + -3.4619e-11*x1 + 0.0*x2 + -3.257e-12*x3
          + 0.0*x4 + -1.01e-13*x5 + 0.0*x6 + -2e-15*x7
          + 0.0*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 5.9875e-11 + 0.0*x1 + 2.7435e-11*x2 + 0.0*x3
          + 1.38e-12*x4 + 0.0*x5 + 2.9e-14*x6 + 0.0*x7
          + 0.0*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        a[n] = 0.0 + -3.8078e-11*x1 + 0.0*x2 + -3.582e-12*x3
          + 0.0*x4 + -1.11e-13*x5 + 0.0*x6 + -2e-15*x7
          + 0.0*x8 + 0.0*x9 + 0.0*x10 + 0.0*x11
          + 0.0*x12 + 0.0*x13 + 0.0*x14;
        n = n + 1;
        low = -0.25;
        high = 0.25;
        step = 1.0;
        // Newton's steps, halving the bracket wherever one would leave it.
        for (rounds = 0; rounds < 60 && (step > 1e-13 || step < -1e-13); rounds = rounds + 1) begin
          y = v / 0.27;
          t = 1.0;
          t_next = y;
          u = 0.0;
          u_next = 1.0;
          current = a[0];
          slope = 0.0;
          for (n = 1; n < 15; n = n + 1) begin
            current = current + a[n]*t_next;
            slope = slope + a[n]*n*u_next;
            fold = 2.0*y*t_next - t;
            t = t_next;
            t_next = fold;
            fold = 2.0*y*u_next - u;
            u = u_next;
            u_next = fold;
          end
          balance = current - siemens*v + amperes;
          if (balance > 0.0) low = v; else high = v;
          step = balance / (siemens - slope / 0.27);
          if (v + step <= low || v + step >= high) step = 0.5*(low + high) - v;
          v = v + step;
        end
        if (pass == 0) begin
          volts = v;
          ohms = 1.0 / (siemens - slope / 0.27);
        end
      end
      gain = (v - volts) / 1e-6;
    end
  endtask
endpackage

module iris_inverter #(parameter real size = 1.0, parameter real ground_siemens = 0.0) (
    input wire real in, output wire real out, input wire real vdd, input wire real vss,
    input wire real siemens, input wire real amperes,
    output wire real ohms, output wire real gain);
  import iris_inverter_unit::settle;
  real v, volts, unit_ohms, row_ohms, slope;
  assign out = v;
  assign ohms = row_ohms;
  assign gain = slope;
  initial begin
    v = 0.0;
    #1;
    forever begin
      settle(in, (siemens + ground_siemens) / size, amperes / size, v,
          volts, unit_ohms, slope);
      row_ohms = unit_ohms / size;
      if (volts != v) v <= #1 volts;
      @(in, siemens, amperes);
    end
  end
endmodule

module iris_crossbar_hidden (
    input wire real plus_0, input wire real plus_1, input wire real plus_2, input wire real plus_3,
    input wire real minus_0, input wire real minus_1, input wire real minus_2, input wire real minus_3,
    output wire real net_0, output wire real net_1, output wire real net_2, input wire real bias_plus,
    input wire real bias_minus, input wire real ready, output wire real settled);
  real ohms [0:29];
  real siemens [0:29];
  real row [0:9];
  real row_siemens [0:9];
  real total [0:2];
  real column [0:2];
  integer i, j;
  real sum;
  // Words of an array cannot drive nets everywhere: each output has a variable of its own.
  real to_net_0;
  assign net_0 = to_net_0;
  real to_net_1;
  assign net_1 = to_net_1;
  real to_net_2;
  assign net_2 = to_net_2;
  real to_settled;
  assign settled = to_settled;

  task average; // the columns that the rows give
    begin
      i = 0;
      row[i] = plus_0;
      i = i + 1;
      row[i] = plus_1;
      i = i + 1;
      row[i] = plus_2;
      i = i + 1;
      row[i] = plus_3;
      i = i + 1;
      row[i] = bias_plus;
      i = i + 1;
      row[i] = minus_0;
      i = i + 1;
      row[i] = minus_1;
      i = i + 1;
      row[i] = minus_2;
      i = i + 1;
      row[i] = minus_3;
      i = i + 1;
      row[i] = bias_minus;
      i = i + 1;
      for (j = 0; j < 3; j = j + 1) begin
        sum = 0.0;
        for (i = 0; i < 10; i = i + 1)
          sum = sum + siemens[i*3 + j]*row[i];
        column[j] = sum / total[j];
      end
    end
  endtask

  initial begin
    to_settled = 0.0;
    `include "iris.verilog.cells.hidden.svh"
    for (j = 0; j < 3; j = j + 1) total[j] = 0.0;
    for (i = 0; i < 10; i = i + 1) begin
      row_siemens[i] = 0.0;
      for (j = 0; j < 3; j = j + 1) begin
        siemens[i*3 + j] = 1.0 / ohms[i*3 + j];
        row_siemens[i] = row_siemens[i] + siemens[i*3 + j];
        total[j] = total[j] + siemens[i*3 + j];
      end
    end
    #1; // time 0 is over: all that was there at the beginning stands on its nets
    forever begin
      average;
      to_settled = 1.0;
      to_net_0 = column[0];
      to_net_1 = column[1];
      to_net_2 = column[2];
      @(plus_0, plus_1, plus_2, plus_3,
        bias_plus, minus_0, minus_1, minus_2,
        minus_3, bias_minus);
    end
  end
endmodule

module iris_crossbar_species (
    input wire real plus_0, input wire real plus_1, input wire real plus_2, input wire real minus_0,
    input wire real minus_1, input wire real minus_2, output wire real net_0, output wire real net_1,
    output wire real net_2, input wire real bias_plus, input wire real bias_minus, output wire real siemens_plus_0,
    output wire real siemens_plus_1, output wire real siemens_plus_2, output wire real siemens_minus_0, output wire real siemens_minus_1,
    output wire real siemens_minus_2, output wire real amperes_plus_0, output wire real amperes_plus_1, output wire real amperes_plus_2,
    output wire real amperes_minus_0, output wire real amperes_minus_1, output wire real amperes_minus_2, input wire real ohms_plus_0,
    input wire real ohms_plus_1, input wire real ohms_plus_2, input wire real ohms_minus_0, input wire real ohms_minus_1,
    input wire real ohms_minus_2, input wire real gain_plus_0, input wire real gain_plus_1, input wire real gain_plus_2,
    input wire real gain_minus_0, input wire real gain_minus_1, input wire real gain_minus_2, input wire real ready,
    output wire real settled);
  real ohms [0:23];
  real siemens [0:23];
  real row [0:7];
  real row_siemens [0:7];
  real total [0:2];
  real column [0:2];
  integer i, j;
  real row_amperes [0:7];
  real row_ohms [0:7]; // of the inverter that drives a row
  real row_gain [0:7];
  integer driver [0:7]; // the row at the input of that inverter, or -1
  real tried [0:2]; // columns that the inverters are told
  real base [0:2]; // the best of them
  real residual [0:2];
  real move [0:2];
  real answer [0:2];
  real matrix [0:8];
  real sum, worst, best, part, factor;
  integer k, pivot, rounds, halvings;
  // Words of an array cannot drive nets everywhere: each output has a variable of its own.
  real to_net_0;
  assign net_0 = to_net_0;
  real to_net_1;
  assign net_1 = to_net_1;
  real to_net_2;
  assign net_2 = to_net_2;
  real to_siemens_plus_0;
  assign siemens_plus_0 = to_siemens_plus_0;
  real to_siemens_plus_1;
  assign siemens_plus_1 = to_siemens_plus_1;
  real to_siemens_plus_2;
  assign siemens_plus_2 = to_siemens_plus_2;
  real to_siemens_minus_0;
  assign siemens_minus_0 = to_siemens_minus_0;
  real to_siemens_minus_1;
  assign siemens_minus_1 = to_siemens_minus_1;
  real to_siemens_minus_2;
  assign siemens_minus_2 = to_siemens_minus_2;
  real to_amperes_plus_0;
  assign amperes_plus_0 = to_amperes_plus_0;
  real to_amperes_plus_1;
  assign amperes_plus_1 = to_amperes_plus_1;
  real to_amperes_plus_2;
  assign amperes_plus_2 = to_amperes_plus_2;
  real to_amperes_minus_0;
  assign amperes_minus_0 = to_amperes_minus_0;
  real to_amperes_minus_1;
  assign amperes_minus_1 = to_amperes_minus_1;
  real to_amperes_minus_2;
  assign amperes_minus_2 = to_amperes_minus_2;
  real to_settled;
  assign settled = to_settled;

  task average; // the columns that the rows give
    begin
      i = 0;
      row[i] = plus_0;
      i = i + 1;
      row[i] = plus_1;
      i = i + 1;
      row[i] = plus_2;
      i = i + 1;
      row[i] = bias_plus;
      i = i + 1;
      row[i] = minus_0;
      i = i + 1;
      row[i] = minus_1;
      i = i + 1;
      row[i] = minus_2;
      i = i + 1;
      row[i] = bias_minus;
      i = i + 1;
      for (j = 0; j < 3; j = j + 1) begin
        sum = 0.0;
        for (i = 0; i < 8; i = i + 1)
          sum = sum + siemens[i*3 + j]*row[i];
        column[j] = sum / total[j];
      end
    end
  endtask

  task tell; // the inverters that drive the rows: the current that the columns tried would send
    begin
      for (i = 0; i < 8; i = i + 1) begin
        sum = 0.0;
        for (j = 0; j < 3; j = j + 1)
          sum = sum + siemens[i*3 + j]*tried[j];
        row_amperes[i] = sum;
      end
      to_amperes_plus_0 = row_amperes[0];
      to_amperes_plus_1 = row_amperes[1];
      to_amperes_plus_2 = row_amperes[2];
      to_amperes_minus_0 = row_amperes[4];
      to_amperes_minus_1 = row_amperes[5];
      to_amperes_minus_2 = row_amperes[6];
    end
  endtask

  task newton; // move = (1 - d column / d tried)^-1 residual, by elimination
    begin
      i = 0;
      row_ohms[i] = ohms_plus_0;
      row_gain[i] = gain_plus_0;
      i = 1;
      row_ohms[i] = ohms_plus_1;
      row_gain[i] = gain_plus_1;
      i = 2;
      row_ohms[i] = ohms_plus_2;
      row_gain[i] = gain_plus_2;
      i = 4;
      row_ohms[i] = ohms_minus_0;
      i = 5;
      row_ohms[i] = ohms_minus_1;
      i = 6;
      row_ohms[i] = ohms_minus_2;
      for (j = 0; j < 3; j = j + 1) begin
        move[j] = residual[j];
        for (k = 0; k < 3; k = k + 1) matrix[j*3 + k] = j == k ? 1.0 : 0.0;
      end
      for (i = 0; i < 8; i = i + 1) begin
        for (k = 0; k < 3; k = k + 1) begin
          answer[k] = row_ohms[i]*siemens[i*3 + k];
          if (driver[i] >= 0)
            answer[k] = answer[k]
                + row_gain[i]*row_ohms[driver[i]]*siemens[driver[i]*3 + k];
        end
        if (row_ohms[i] != 0.0)
          for (j = 0; j < 3; j = j + 1) begin
            part = siemens[i*3 + j] / total[j];
            for (k = 0; k < 3; k = k + 1)
              matrix[j*3 + k] = matrix[j*3 + k] - part*answer[k];
          end
      end
      for (i = 0; i < 3; i = i + 1) begin
        pivot = i;
        for (j = i + 1; j < 3; j = j + 1)
          if (magnitude(matrix[j*3 + i]) > magnitude(matrix[pivot*3 + i])) pivot = j;
        for (k = i; k < 3; k = k + 1) begin
          part = matrix[i*3 + k];
          matrix[i*3 + k] = matrix[pivot*3 + k];
          matrix[pivot*3 + k] = part;
        end
        part = move[i];
        move[i] = move[pivot];
        move[pivot] = part;
        for (j = i + 1; j < 3; j = j + 1) begin
          part = matrix[j*3 + i] / matrix[i*3 + i];
          for (k = i; k < 3; k = k + 1)
            matrix[j*3 + k] = matrix[j*3 + k] - part*matrix[i*3 + k];
          move[j] = move[j] - part*move[i];
        end
      end
      for (i = 2; i >= 0; i = i - 1) begin
        for (k = i + 1; k < 3; k = k + 1)
          move[i] = move[i] - matrix[i*3 + k]*move[k];
        move[i] = move[i] / matrix[i*3 + i];
      end
    end
  endtask

  function real magnitude(input real x);
    magnitude = x < 0.0 ? -x : x;
  endfunction

  task search; // until the columns that the rows give are those that the inverters were told
    begin
      best = 1e30;
      worst = 1e30;
      halvings = 0;
      for (rounds = 0; rounds < 200 && !(worst <= 1e-10); rounds = rounds + 1) begin
        tell;
        #3; // V- answers after one unit of time, V+ after two
        average;
        worst = 0.0;
        for (j = 0; j < 3; j = j + 1)
          if (!(magnitude(column[j] - tried[j]) <= worst)) worst = magnitude(column[j] - tried[j]);
        if (worst < (1.0 - 0.1*factor)*best || halvings == 10) begin
          for (j = 0; j < 3; j = j + 1) begin
            base[j] = tried[j];
            residual[j] = column[j] - tried[j];
            move[j] = residual[j];
          end
          // The columns themselves while they close in fast, else Newton's step.
          if (!(worst <= 1e-10) && worst > 0.5*best) newton;
          best = worst;
          factor = 1.0;
          halvings = 0;
        end else begin
          factor = 0.5*factor;
          halvings = halvings + 1;
        end
        if (!(worst <= 1e-10))
          for (j = 0; j < 3; j = j + 1) tried[j] = base[j] + factor*move[j];
      end
    end
  endtask

  initial begin
    to_settled = 0.0;
    `include "iris.verilog.cells.species.svh"
    for (j = 0; j < 3; j = j + 1) total[j] = 0.0;
    for (i = 0; i < 8; i = i + 1) begin
      row_siemens[i] = 0.0;
      for (j = 0; j < 3; j = j + 1) begin
        siemens[i*3 + j] = 1.0 / ohms[i*3 + j];
        row_siemens[i] = row_siemens[i] + siemens[i*3 + j];
        total[j] = total[j] + siemens[i*3 + j];
      end
      driver[i] = -1;
      row_ohms[i] = 0.0;
      row_gain[i] = 0.0;
    end
    to_siemens_plus_0 = row_siemens[0];
    to_siemens_plus_1 = row_siemens[1];
    to_siemens_plus_2 = row_siemens[2];
    to_siemens_minus_0 = row_siemens[4];
    to_siemens_minus_1 = row_siemens[5];
    to_siemens_minus_2 = row_siemens[6];
    i = 0;
    driver[i] = 4;
    i = 1;
    driver[i] = 5;
    i = 2;
    driver[i] = 6;
    for (j = 0; j < 3; j = j + 1) tried[j] = 0.0;
    factor = 1.0;
    #1; // time 0 is over: all that was there at the beginning stands on its nets
    forever begin
      to_settled = 0.0;
      while (ready == 0.0) @(ready);
      search;
      to_settled = worst <= 1e-10 ? ready : -1.0;
      if (!(worst <= 1e-10))
        $display("%m: not settled after 200 rounds, columns still move by %g V", worst);
      to_net_0 = column[0];
      to_net_1 = column[1];
      to_net_2 = column[2];
      @(plus_0, plus_1, plus_2, bias_plus,
        minus_0, minus_1, minus_2, bias_minus,
        ready);
    end
  end
endmodule

module iris (
    input wire real petals_plus_0, input wire real petals_plus_1, input wire real petals_plus_2, input wire real petals_plus_3,
    input wire real petals_minus_0, input wire real petals_minus_1, input wire real petals_minus_2, input wire real petals_minus_3,
    output wire real species_minus_0, output wire real species_minus_1, output wire real species_minus_2, output wire real species_plus_0,
    output wire real species_plus_1, output wire real species_plus_2, input wire real bias_plus, input wire real bias_minus,
    input wire real vdd, input wire real vss);
  wire real hidden_net_0;
  wire real hidden_net_1;
  wire real hidden_net_2;
  wire real hidden_plus_0;
  wire real hidden_plus_1;
  wire real hidden_plus_2;
  wire real hidden_minus_0;
  wire real hidden_minus_1;
  wire real hidden_minus_2;
  wire real species_net_0;
  wire real species_net_1;
  wire real species_net_2;
  wire real hidden_plus_0_siemens;
  wire real hidden_plus_0_amperes;
  wire real hidden_plus_0_ohms;
  wire real hidden_plus_0_gain;
  wire real hidden_plus_1_siemens;
  wire real hidden_plus_1_amperes;
  wire real hidden_plus_1_ohms;
  wire real hidden_plus_1_gain;
  wire real hidden_plus_2_siemens;
  wire real hidden_plus_2_amperes;
  wire real hidden_plus_2_ohms;
  wire real hidden_plus_2_gain;
  wire real hidden_minus_0_siemens;
  wire real hidden_minus_0_amperes;
  wire real hidden_minus_0_ohms;
  wire real hidden_minus_0_gain;
  wire real hidden_minus_1_siemens;
  wire real hidden_minus_1_amperes;
  wire real hidden_minus_1_ohms;
  wire real hidden_minus_1_gain;
  wire real hidden_minus_2_siemens;
  wire real hidden_minus_2_amperes;
  wire real hidden_minus_2_ohms;
  wire real hidden_minus_2_gain;
  wire real iris_crossbar_hidden_settled;
  wire real iris_crossbar_species_settled;
  // 1 where all is at rest, -1 where a crossbar has given up, 0 before.
  wire real settled;
  assign settled = iris_crossbar_species_settled;
  iris_crossbar_hidden Xcrossbar_hidden (
      .plus_0(petals_plus_0), .plus_1(petals_plus_1), .plus_2(petals_plus_2),
      .plus_3(petals_plus_3), .minus_0(petals_minus_0), .minus_1(petals_minus_1),
      .minus_2(petals_minus_2), .minus_3(petals_minus_3), .net_0(hidden_net_0),
      .net_1(hidden_net_1), .net_2(hidden_net_2), .bias_plus(bias_plus),
      .bias_minus(bias_minus), .ready(1.0), .settled(iris_crossbar_hidden_settled));
  iris_inverter #(.size(2.0)) Xhidden_minus_0 (
      .in(hidden_net_0), .out(hidden_minus_0), .vdd(vdd),
      .vss(vss), .siemens(hidden_minus_0_siemens), .amperes(hidden_minus_0_amperes),
      .ohms(hidden_minus_0_ohms), .gain(hidden_minus_0_gain));
  iris_inverter #(.size(2.0)) Xhidden_plus_0 (
      .in(hidden_minus_0), .out(hidden_plus_0), .vdd(vdd),
      .vss(vss), .siemens(hidden_plus_0_siemens), .amperes(hidden_plus_0_amperes),
      .ohms(hidden_plus_0_ohms), .gain(hidden_plus_0_gain));
  iris_inverter #(.size(5.0)) Xhidden_minus_1 (
      .in(hidden_net_1), .out(hidden_minus_1), .vdd(vdd),
      .vss(vss), .siemens(hidden_minus_1_siemens), .amperes(hidden_minus_1_amperes),
      .ohms(hidden_minus_1_ohms), .gain(hidden_minus_1_gain));
  iris_inverter #(.size(4.0)) Xhidden_plus_1 (
      .in(hidden_minus_1), .out(hidden_plus_1), .vdd(vdd),
      .vss(vss), .siemens(hidden_plus_1_siemens), .amperes(hidden_plus_1_amperes),
      .ohms(hidden_plus_1_ohms), .gain(hidden_plus_1_gain));
  iris_inverter #(.size(10.0)) Xhidden_minus_2 (
      .in(hidden_net_2), .out(hidden_minus_2), .vdd(vdd),
      .vss(vss), .siemens(hidden_minus_2_siemens), .amperes(hidden_minus_2_amperes),
      .ohms(hidden_minus_2_ohms), .gain(hidden_minus_2_gain));
  iris_inverter #(.size(5.0)) Xhidden_plus_2 (
      .in(hidden_minus_2), .out(hidden_plus_2), .vdd(vdd),
      .vss(vss), .siemens(hidden_plus_2_siemens), .amperes(hidden_plus_2_amperes),
      .ohms(hidden_plus_2_ohms), .gain(hidden_plus_2_gain));
  iris_crossbar_species Xcrossbar_species (
      .plus_0(hidden_plus_0), .plus_1(hidden_plus_1), .plus_2(hidden_plus_2),
      .minus_0(hidden_minus_0), .minus_1(hidden_minus_1), .minus_2(hidden_minus_2),
      .net_0(species_net_0), .net_1(species_net_1), .net_2(species_net_2),
      .bias_plus(bias_plus), .bias_minus(bias_minus), .siemens_plus_0(hidden_plus_0_siemens),
      .siemens_plus_1(hidden_plus_1_siemens), .siemens_plus_2(hidden_plus_2_siemens), .siemens_minus_0(hidden_minus_0_siemens),
      .siemens_minus_1(hidden_minus_1_siemens), .siemens_minus_2(hidden_minus_2_siemens), .amperes_plus_0(hidden_plus_0_amperes),
      .amperes_plus_1(hidden_plus_1_amperes), .amperes_plus_2(hidden_plus_2_amperes), .amperes_minus_0(hidden_minus_0_amperes),
      .amperes_minus_1(hidden_minus_1_amperes), .amperes_minus_2(hidden_minus_2_amperes), .ohms_plus_0(hidden_plus_0_ohms),
      .ohms_plus_1(hidden_plus_1_ohms), .ohms_plus_2(hidden_plus_2_ohms), .ohms_minus_0(hidden_minus_0_ohms),
      .ohms_minus_1(hidden_minus_1_ohms), .ohms_minus_2(hidden_minus_2_ohms), .gain_plus_0(hidden_plus_0_gain),
      .gain_plus_1(hidden_plus_1_gain), .gain_plus_2(hidden_plus_2_gain), .gain_minus_0(hidden_minus_0_gain),
      .gain_minus_1(hidden_minus_1_gain), .gain_minus_2(hidden_minus_2_gain), .ready(iris_crossbar_hidden_settled),
      .settled(iris_crossbar_species_settled));
  iris_inverter #(.size(5.0)) Xspecies_minus_0 (
      .in(species_net_0), .out(species_minus_0), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
  iris_inverter #(.size(2.0)) Xspecies_plus_0 (
      .in(species_minus_0), .out(species_plus_0), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
  iris_inverter #(.size(6.0)) Xspecies_minus_1 (
      .in(species_net_1), .out(species_minus_1), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
  iris_inverter #(.size(5.0)) Xspecies_plus_1 (
      .in(species_minus_1), .out(species_plus_1), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
  iris_inverter #(.size(3.0)) Xspecies_minus_2 (
      .in(species_net_2), .out(species_minus_2), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
  iris_inverter #(.size(7.0)) Xspecies_plus_2 (
      .in(species_minus_2), .out(species_plus_2), .vdd(vdd),
      .vss(vss), .siemens(0.0), .amperes(0.0),
      .ohms(), .gain());
endmodule
