// tilt: cells of crossbar side, ohms; row i and column j at [i*2 + j]
ohms[0] = 2419354.84; // plus_0 net_0
ohms[1] = 3378378.38; // plus_0 net_1
ohms[2] = 5597014.93; // plus_1 net_0
ohms[3] = 2819548.87; // plus_1 net_1
ohms[4] = 2819548.87; // plus_2 net_0
ohms[5] = 1213592.23; // plus_2 net_1
ohms[6] = 1415094.34; // bias_plus net_0
ohms[7] = 2419354.84; // bias_plus net_1
ohms[8] = 2819548.87; // minus_0 net_0
ohms[9] = 1543209.88; // minus_0 net_1
ohms[10] = 1884422.11; // minus_1 net_0
ohms[11] = 1415094.34; // minus_1 net_1
ohms[12] = 1132930.51; // minus_2 net_0
ohms[13] = 1132930.51; // minus_2 net_1
ohms[14] = 1415094.34; // bias_minus net_0
ohms[15] = 4213483.15; // bias_minus net_1
