"""Methods side by side: each trains and compiles the same source, ngspice measures all alike."""

from imnnc.faces import called_as_function

called_as_function(__name__)
