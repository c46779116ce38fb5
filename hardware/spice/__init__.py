"""The board's promises, computed with ngspice from the tables of the circuit."""
