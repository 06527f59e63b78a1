"""The model files of a technology: read as ngspice reads them, and laid out beside a netlist."""
