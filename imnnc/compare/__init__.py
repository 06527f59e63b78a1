"""Methods side by side: each trains and compiles the same source, ngspice measures all alike."""
