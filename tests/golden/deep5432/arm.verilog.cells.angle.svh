// arm: cells of crossbar angle, ohms; row i and column j at [i*2 + j]
ohms[0] = 2498839.04; // plus_0 net_0
ohms[1] = 6130013.31; // plus_0 net_1
ohms[2] = 2160555.88; // plus_1 net_0
ohms[3] = 2261858.17; // plus_1 net_1
ohms[4] = 1722169.04; // plus_2 net_0
ohms[5] = 7938321.75; // plus_2 net_1
ohms[6] = 3996685.39; // bias_plus net_0
ohms[7] = 3281915.1; // bias_plus net_1
ohms[8] = 1969884.5; // minus_0 net_0
ohms[9] = 2590492.63; // minus_0 net_1
ohms[10] = 1515775.38; // minus_1 net_0
ohms[11] = 2694105.65; // minus_1 net_1
ohms[12] = 1086393.19; // minus_2 net_0
ohms[13] = 1034719.43; // minus_2 net_1
ohms[14] = 5803740.2; // bias_minus net_0
ohms[15] = 3289770.71; // bias_minus net_1
